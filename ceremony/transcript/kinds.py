"""The kinds of event, each with the data it carries and the sentence that people read.

Each model is frozen and strict. `kind` is what the line says. An *intent* stands on disk before an effect on the token
or a medium, its *outcome* after it; together they tell what a crash interrupted. All octets are lower-case hex.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError


class EventData(BaseModel):
    """Base of every kind of event."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    kind: ClassVar[str] = ""

    def summary(self) -> str:
        """One line for people; no secret, no line break."""
        raise NotImplementedError


class Named(EventData):
    """A name and what was found under it."""

    name: str
    value: str

    def summary(self) -> str:
        return f"{self.name}: {self.value}"


class RecordedFinding(EventData):
    """A finding as the record keeps it."""

    rule: str
    severity: str
    message: str
    source: str

    def summary(self) -> str:
        return f"{self.severity.upper()} {self.rule}: {self.message}"


class CeremonyOpened(EventData):
    """The first line: what is about to be performed, bound by hash."""

    kind: ClassVar[str] = "ceremony-opened"
    ceremony_id: str
    mode: Literal["practice", "production"]
    title: str
    script_id: str
    script_version: str
    script_sha256: str
    policy_sha256: str
    people_sha256: str
    plan_sha256: str
    key_generations: int
    signatures: int
    previous_ceremony: str
    """Folder name of the ceremony before this one in the archive, or empty."""
    previous_head: str
    """The chain head of that ceremony's record, or empty."""
    program: str
    libraries: tuple[Named, ...]
    machine: tuple[Named, ...]
    overrides: tuple[str, ...]
    """Names of environment variables that could redirect the token module; never their values."""

    def summary(self) -> str:
        return f"{self.mode.upper()} ceremony {self.ceremony_id} opened: {self.title}"


class StepBegun(EventData):
    """A step of the plan begins."""

    kind: ClassVar[str] = "step-begun"
    number: int
    step_kind: str
    title: str

    def summary(self) -> str:
        return f"step {self.number} begins: {self.title}"


class StepDone(EventData):
    """A step ended as the script says."""

    kind: ClassVar[str] = "step-done"
    number: int

    def summary(self) -> str:
        return f"step {self.number} done"


class StepFailed(EventData):
    """A step could not be done; what the people decided."""

    kind: ClassVar[str] = "step-failed"
    number: int
    code: str
    headline: str
    detail: str
    decision: Literal["try-again", "abort"]

    def summary(self) -> str:
        return f"step {self.number} failed: {self.headline} Decided: {self.decision}"


class PersonPresent(EventData):
    """Roll-call: this person is in the room in this role."""

    kind: ClassVar[str] = "person-present"
    person: str
    name: str
    organisation: str
    role: str

    def summary(self) -> str:
        return f"{self.name} ({self.role}, {self.organisation}) is present"


class Instructed(EventData):
    """An instruction was carried out and acknowledged."""

    kind: ClassVar[str] = "instruction-done"
    text: str

    def summary(self) -> str:
        return "acknowledged: " + " ".join(self.text.split())


class Confirmed(EventData):
    """A person made a statement by typing a word."""

    kind: ClassVar[str] = "statement-confirmed"
    person: str
    statement: str
    word: str

    def summary(self) -> str:
        return f"{self.person} confirms: " + " ".join(self.statement.split())


class Evidence(EventData):
    """What people entered in a form."""

    kind: ClassVar[str] = "evidence-recorded"
    fields: tuple[Named, ...]

    def summary(self) -> str:
        return "; ".join(field.summary() for field in self.fields)


class ClockCompared(EventData):
    """The machine's clock against the reference that people read; the agreed clock from here on."""

    kind: ClassVar[str] = "clock-compared"
    machine: str
    reference: str
    source: str
    offset_seconds: int
    adopted: Literal["machine", "reference"]
    agreed_offset_seconds: int
    """What is added to the machine's clock from here on."""

    def summary(self) -> str:
        return f"clock: machine {self.machine}, reference {self.reference}; adopted: {self.adopted}"


class ClockJumped(EventData):
    """The machine's clock moved against its monotonic clock."""

    kind: ClassVar[str] = "clock-jumped"
    seconds: int

    def summary(self) -> str:
        return f"the machine's clock jumped by {self.seconds} s"


class TokenFound(EventData):
    """The token that the script names, as it describes itself (CK_TOKEN_INFO), and the module that reaches it."""

    kind: ClassVar[str] = "token-found"
    purpose: Literal["ceremony", "credential"]
    label: str
    serial: str
    manufacturer: str
    model: str
    hardware: str
    firmware: str
    module: str
    module_sha256: str
    library: str

    def summary(self) -> str:
        return f"token {self.label} serial {self.serial} ({self.manufacturer} {self.model})"


class TokenInitialising(EventData):
    """Intent: C_InitToken and C_InitPIN."""

    kind: ClassVar[str] = "token-initialising"
    label: str

    def summary(self) -> str:
        return f"about to initialise a token as {self.label}"


class TokenInitialised(EventData):
    """Outcome of an initialisation."""

    kind: ClassVar[str] = "token-initialised"
    label: str
    serial: str

    def summary(self) -> str:
        return f"token {self.label} initialised, serial {self.serial}"


class TokenOpened(EventData):
    """A person logged in to a token."""

    kind: ClassVar[str] = "token-opened"
    label: str
    serial: str
    person: str

    def summary(self) -> str:
        return f"{self.person} logged in to token {self.label}"


class PinRefused(EventData):
    """A token refused a PIN."""

    kind: ClassVar[str] = "pin-refused"
    label: str
    person: str
    tries: str
    """What the token says of the tries left, or empty."""

    def summary(self) -> str:
        return f"token {self.label} refused the PIN that {self.person} typed" + (f"; {self.tries}" * bool(self.tries))


class TokenClosed(EventData):
    """A token was logged out."""

    kind: ClassVar[str] = "token-closed"
    label: str

    def summary(self) -> str:
        return f"token {self.label} logged out"


class TokenGone(EventData):
    """A token was pulled out or stopped answering; its session is over."""

    kind: ClassVar[str] = "token-gone"
    label: str

    def summary(self) -> str:
        return f"token {self.label} is gone"


class KeyIntended(EventData):
    """Intent: C_GenerateKeyPair with this label and CKA_ID."""

    kind: ClassVar[str] = "key-intended"
    key: str
    key_id: str
    algorithm: str
    profile: str

    def summary(self) -> str:
        return f"about to generate key {self.key} ({self.algorithm})"


class KeyMade(EventData):
    """Outcome: the public key, and the private key's attributes as the token reads them back."""

    kind: ClassVar[str] = "key-made"
    key: str
    key_id: str
    algorithm: str
    profile: str
    spki: str
    spki_sha256: str
    attributes: tuple[Named, ...]

    def summary(self) -> str:
        return f"key {self.key} ({self.algorithm}) made in the token, public key SHA-256 {self.spki_sha256[:16]}..."


class SerialDrawn(EventData):
    """Octets from the token's random source (C_GenerateRandom), and the serial number made of them."""

    kind: ClassVar[str] = "serial-drawn"
    certificate: str
    octets: str
    serial: str
    source: str

    def summary(self) -> str:
        return f"serial number of {self.certificate}: {self.serial}"


class BytesBuilt(EventData):
    """The to-be-signed object of a certificate, with every hole filled."""

    kind: ClassVar[str] = "to-be-signed"
    certificate: str
    profile: str
    issuer: str
    key: str
    issuer_key: str
    serial: str
    not_before: str
    not_after: str
    spki_sha256: str
    algorithm: str
    size: int
    sha256: str

    def summary(self) -> str:
        return f"{self.certificate}: {self.size} octets to be signed, SHA-256 {self.sha256[:16]}..."


class Linted(EventData):
    """What the linters and our own checks said of bytes before or after signing."""

    kind: ClassVar[str] = "linted"
    certificate: str
    stage: Literal["to-be-signed", "signed"]
    sha256: str
    linters: str
    findings: tuple[RecordedFinding, ...]

    def summary(self) -> str:
        return f"{self.certificate} linted ({self.stage}): {len(self.findings)} findings"


class WaiverUsed(EventData):
    """Rules that a certificate breaks and that the policy waives for it, with every source that is overridden."""

    kind: ClassVar[str] = "waiver-used"
    certificate: str
    profile: str
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    reason: str
    expires: str
    approved_by: str

    def summary(self) -> str:
        return f"{self.certificate}: {', '.join(self.rules)} waived until {self.expires} by {self.approved_by}"


class Reviewed(EventData):
    """People saw each part of a review to its end; `rows` compared, `unequal` of them differing."""

    kind: ClassVar[str] = "reviewed"
    certificate: str
    sha256: str
    rows: int
    unequal: int
    person: str

    def summary(self) -> str:
        return f"{self.certificate} reviewed field by field: {self.rows} fields, {self.unequal} differ"


class Approved(EventData):
    """A person approved exactly these bytes: the approval statement, canonical, and how it was given."""

    kind: ClassVar[str] = "approved"
    ceremony_id: str
    step: str
    attempt: int
    what: Literal["certificate"]
    name: str
    to_be_signed_sha256: str
    plan_sha256: str
    chain_head: str
    person: str
    method: Literal["typed"]
    """Typed approval is not a certified electronic signature (UU ITE 11; PP 71/2019 60)."""

    def summary(self) -> str:
        return f"{self.person} approves {self.name}: SHA-256 {self.to_be_signed_sha256[:16]}..."


class ApprovalRefused(EventData):
    """A person refused to approve."""

    kind: ClassVar[str] = "approval-refused"
    name: str
    to_be_signed_sha256: str
    person: str

    def summary(self) -> str:
        return f"{self.person} refuses to approve {self.name}"


class SignatureIntended(EventData):
    """Intent: C_Sign over the approved bytes."""

    kind: ClassVar[str] = "signature-intended"
    name: str
    to_be_signed_sha256: str
    issuer_key: str
    key_id: str
    algorithm: str

    def summary(self) -> str:
        return f"about to sign {self.name} with key {self.issuer_key} ({self.algorithm})"


class Signed(EventData):
    """Outcome: the signature, checked in software with the issuer's public key."""

    kind: ClassVar[str] = "signed"
    name: str
    to_be_signed_sha256: str
    signature: str
    certificate_sha256: str

    def summary(self) -> str:
        return f"{self.name} signed; signature checked; certificate SHA-256 {self.certificate_sha256[:16]}..."


class ArtefactIntended(EventData):
    """Intent: these files are about to be written into the ceremony's folder."""

    kind: ClassVar[str] = "artefacts-intended"
    paths: tuple[str, ...]

    def summary(self) -> str:
        return "about to write " + ", ".join(self.paths)


class WrittenFile(EventData):
    """One file: its path below the folder, hash and size."""

    path: str
    sha256: str
    size: int

    def summary(self) -> str:
        return f"{self.path} ({self.size} octets)"


class ArtefactsWritten(EventData):
    """Outcome: written, read back, compared."""

    kind: ClassVar[str] = "artefacts-written"
    files: tuple[WrittenFile, ...]

    def summary(self) -> str:
        return "written: " + ", ".join(file.path for file in self.files)


class ExportIntended(EventData):
    """Intent: copies to a medium."""

    kind: ClassVar[str] = "export-intended"
    medium: str
    folder: str
    paths: tuple[str, ...]

    def summary(self) -> str:
        return f"about to export {len(self.paths)} files to {self.medium}"


class Exported(EventData):
    """Outcome: copies on the medium, read back, compared."""

    kind: ClassVar[str] = "exported"
    medium: str
    folder: str
    files: tuple[WrittenFile, ...]

    def summary(self) -> str:
        return f"exported {len(self.files)} files to {self.medium}"


class InventoryItem(EventData):
    """One object on the token."""

    object_class: str
    label: str
    key_id: str

    def summary(self) -> str:
        return f"{self.object_class} {self.label}"


class InventoryReviewed(EventData):
    """What the token holds, against what the record says that it must hold."""

    kind: ClassVar[str] = "inventory-reviewed"
    objects: tuple[InventoryItem, ...]
    missing: tuple[str, ...]
    unexplained: tuple[str, ...]

    def summary(self) -> str:
        return (
            f"token holds {len(self.objects)} objects; {len(self.missing)} missing, {len(self.unexplained)} unexplained"
        )


class Note(EventData):
    """A remark of a person, at any moment."""

    kind: ClassVar[str] = "note"
    text: str

    def summary(self) -> str:
        return "note: " + " ".join(self.text.split())


class Deviation(EventData):
    """Something was not as the script says."""

    kind: ClassVar[str] = "deviation"
    expected: str
    happened: str
    decided: str
    decided_by: str

    def summary(self) -> str:
        return f"deviation: expected {self.expected}; happened {self.happened}; decided {self.decided}"


class InterruptionRecorded(EventData):
    """The ceremony was asked to end before its close."""

    kind: ClassVar[str] = "interrupted"
    cause: str

    def summary(self) -> str:
        return f"interrupted: {self.cause}"


class CeremonyAborted(EventData):
    """The last line of a ceremony that did not reach its close: what exists and where it is."""

    kind: ClassVar[str] = "ceremony-aborted"
    reason: str
    keys: tuple[str, ...]
    certificates: tuple[str, ...]
    token: str

    def summary(self) -> str:
        return f"aborted: {self.reason}"


class CeremonyClosed(EventData):
    """The last line: the counts, and who seals the record next (the intent of that signature)."""

    kind: ClassVar[str] = "ceremony-closed"
    keys: int
    signatures: int
    certificates: int
    notes: int
    deviations: int
    sealed_by: str
    seal_certificate_sha256: str
    seal_token: str

    def summary(self) -> str:
        return f"closed: {self.keys} keys, {self.signatures} signatures, {self.deviations} deviations"


KINDS: dict[str, type[EventData]] = {model.kind: model for model in EventData.__subclasses__() if model.kind}


def parse_data(kind: str, data: dict[str, Any]) -> EventData:
    """The typed data of an event. Raises ValueError, in words, for an unknown kind or data that does not fit it."""
    model = KINDS.get(kind)
    if model is None:
        raise ValueError(f"unknown kind of event: {kind}")
    try:
        return model.model_validate(_tuples(data))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in item["loc"]) for item in error.errors()}))
        raise ValueError(f"event {kind} does not carry what it must: {fields}") from None


def _tuples(value: Any) -> Any:
    """Lists as tuples: JSON has one sequence, the strict models another."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
