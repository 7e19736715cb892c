"""A CA whose people have tokens and certificates of their own, on one SoftHSM; ceremonies in production."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ceremony.engine.credential import signing_key
from ceremony.engine.performance import perform
from ceremony.engine.tokens import ProductionTokens
from ceremony.room.clock import Clock, iso
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import read_chain

CA = Path(__file__).parent / "ca"
EVERYBODY = ("rini", "agus", "dewi", "bambang", "siti")
SO_PIN = "test-so-pin-9"
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def pin_of(label: str) -> str:
    """The user PIN of a token, which only its holder knows."""
    return f"pin of {label}"


def certificate(
    key: Any,
    *,
    public: Any = None,
    starts: int = -1,
    days: int = 30,
    usages: tuple[str, ...] | None = ("digital_signature",),
    ca: bool = False,
    name: str = "Somebody",
) -> bytes:
    """A self-signed certificate over a key, valid from so many days from now for so many days; its DER."""
    now = datetime.now(UTC).replace(microsecond=0)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = now + timedelta(days=starts)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if usages is not None:
        named = {usage: usage in usages for usage in USAGES}
        builder = builder.add_extension(x509.KeyUsage(**named), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass
class People:
    """Willing people, unless a test sets `answers[(method, step id)]` to a function of the request."""

    answers: dict[tuple[str, str], Callable[[Any], Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    outcome: Any = None

    def begin(self, overview: Any) -> None:
        del overview

    def notice(self, notice: Any) -> None:
        del notice

    def _answer(self, method: str, request: Any, usual: Any) -> Any:
        self.asked.append((method, request.step.id, request))
        special = self.answers.get((method, request.step.id))
        return special(request) if special else usual

    def instruct(self, instruction: Any) -> None:
        self._answer("instruct", instruction, None)

    def confirm(self, confirmation: Any) -> bool:
        return bool(self._answer("confirm", confirmation, True))

    def record(self, form: Any) -> dict[str, str]:
        now = iso(Clock().machine_utc())
        usual = {"source": "the wall", "reference": now, "words": "It was cold."}
        usual |= {blank.name: read_aloud(form, blank) for blank in form.blanks if form.digest_words}
        return dict(self._answer("record", form, usual))

    def review(self, review: Any) -> None:
        self._answer("review", review, None)

    def approve(self, request: Any) -> bool:
        return bool(self._answer("approve", request, True))

    def secret(self, request: Any) -> Secret:
        kind, label = request.name.split(":")
        return Secret(str(self._answer("secret", request, SO_PIN if "-so-" in kind else pin_of(label))))

    def choose(self, choice: Any) -> str:
        usual = "agree" if any(option.name == "agree" for option in choice.options) else "abort"
        return str(self._answer("choose", choice, usual))

    @contextmanager
    def progress(self, progress: Any) -> Iterator[None]:
        self._answer("progress", progress, None)
        yield

    def finish(self, outcome: Any) -> None:
        self.outcome = outcome

    def of(self, method: str, step: str) -> list[Any]:
        """The requests of one method in one step."""
        return [request for name, where, request in self.asked if (name, where) == (method, step)]


def read_aloud(form: Any, blank: Any) -> str:
    """The words that a blank asks for by number."""
    numbers = blank.name.removeprefix("words-").split("-")
    return " ".join(form.digest_words[int(number) - 1] for number in numbers)


@dataclass
class House:
    """The CA's files, one archive, and the tokens of its people."""

    folder: Path
    archive: Path
    people: People = field(default_factory=People)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new))

    def token_of(self, person: str, **wanted: Any) -> bytes:
        """A token of the person's own, with a key made there and a certificate over it; its DER."""
        with self.opened(person.upper(), new=True) as session:
            key_id = session.random(16)
            key = signing_key(session, session.generate_key(person, key_id, "p-256"))
            der = certificate(key, name=person, **wanted)
            session.store_certificate(person, key_id, der)
        self.name_credential(person, der)
        return der

    def copied_token_of(self, person: str, key: ec.EllipticCurvePrivateKey) -> bytes:
        """A token of the person's own that holds a copy of a key which others have too."""
        from pkcs11 import Attribute
        from pkcs11.util.ec import decode_ec_private_key, decode_ec_public_key

        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        der = certificate(key, name=person)
        with self.opened(person.upper(), new=True) as session:
            key_id = session.random(16)
            more = {Attribute.TOKEN: True, Attribute.LABEL: person, Attribute.ID: key_id}
            session._session.create_object(decode_ec_private_key(private) | more | {Attribute.SIGN: True})
            session._session.create_object(decode_ec_public_key(public) | more | {Attribute.VERIFY: True})
            session.store_certificate(person, key_id, der)
        self.name_credential(person, der)
        return der

    def name_credential(self, person: str, der: bytes, label: str = "") -> None:
        """Let the people file name a person's certificate and token."""
        digest = sha256(der).hexdigest()
        entry = f'credential: {{certificate_sha256: "{digest}", token_label: {label or person.upper()}}}'
        lines = self.folder.joinpath("people.yaml").read_text().splitlines()
        mine = next(at for at, line in enumerate(lines) if f"id: {person}," in line)
        lines[mine] = lines[mine].partition(", credential:")[0].removesuffix("}") + f", {entry}}}"
        self.folder.joinpath("people.yaml").write_text("\n".join(lines) + "\n")

    @contextmanager
    def opened(self, label: str, *, new: bool = False) -> Iterator[Any]:
        """A token, opened behind everybody's back."""
        module = Module.load("softhsm")
        token = module.initialise(label, Secret(SO_PIN), Secret(pin_of(label))) if new else module.find(label)
        with module.open(token, Secret(pin_of(label))) as session:
            yield session

    def plan(self, script: str, mode: Any = "production", *, lint: bool = True) -> Any:
        loaded = load_script(self.folder / f"{script}.yaml", past=past_of_archive(self.archive, mode))
        return compile_plan(loaded, mode, Clock().utc(), lint=lint)

    def hold(self, script: str) -> Any:
        """Perform a script in production; the people of the ceremony stay to be asked afterwards."""
        if self.archive.exists():
            time.sleep(1 - time.time() % 1)  # a list must not begin in the very second of the last one
        plan = self.plan(script)
        assert plan.ok, plan.findings
        return perform(plan, self.people, archive=self.archive, clock=Clock(), tokens=ProductionTokens(plan, "softhsm"))

    def again(self) -> None:
        """New people, who answer willingly again."""
        self.people = People()

    def entries(self, number: int = 1) -> list[Any]:
        """The lines of a ceremony."""
        folder = next(self.archive.glob(f"{number:04d}-*"))
        return list(read_chain(CeremonyFolder(folder).record).entries)

    def events(self, kind: str, number: int = 1) -> list[Any]:
        """The data of the events of a kind in a ceremony."""
        return [entry.data for entry in self.entries(number) if entry.event.kind == kind]

    def codes(self, number: int = 1) -> list[str]:
        """Why steps failed."""
        return [data.code for data in self.events("step-failed", number)]
