"""What each ceremony of an archive found, against what those before it left: ARCHIVE-REGISTER, ARCHIVE-REHEARSAL,
ARCHIVE-ONCE, ARCHIVE-TIME."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.script.past import rehearsal_copy
from ceremony.script.rehearsal import object_path
from ceremony.transcript import archive, kinds
from ceremony.transcript.dating import TIME, Dating
from ceremony.transcript.folding import Fold
from ceremony.transcript.holding import broken_at
from ceremony.transcript.once import ONCE, Once
from ceremony.transcript.register import Register, parse_register
from ceremony.transcript.register_entries import Mode
from ceremony.verify.evidence import CannotJudge, Evidence, Unreadable
from ceremony.verify.verdict import Check

REGISTER, REHEARSED = "ARCHIVE-REGISTER", "ARCHIVE-REHEARSAL"
_SAME = "What it found of earlier ceremonies (inputs/register.json) is byte for byte what they left."
_ONCE = (
    "Its id, its keys and what it signed are in no earlier ceremony, and no name, serial number or CRL number of it is "
    "in one of its mode."
)
_ONCE_STAND_IN = "Its id, its keys and what it signed are in no earlier ceremony."
_TIME = (
    "It is dated after the ceremony before it, by the clock that was agreed on; what departs from that is on record."
)
MOST_NAMED = 3
"""So many differing entries are named; the rest is counted by whoever compares."""


class Inheritance:
    """The ceremonies so far, folded; each next one is held against them and then taken in."""

    def __init__(self) -> None:
        self._fold = Fold()
        self._alone = Once()
        self._dating = Dating()
        self._holds = True
        self._serials: dict[tuple[Mode, str, str], str] = {}
        self._signed: dict[str, dict[tuple[kinds.What, str], str]] = {}
        """SHA-256 of what each ceremony signed, by its folder."""
        self._sound: set[str] = set()

    @property
    def holds(self) -> bool:
        """Whether the archive holds so far: the records and the links between them."""
        return self._holds

    def judged(self, evidence: Evidence, *, linked: bool, sound: bool) -> list[Check]:
        """The checks of the next ceremony; `linked` says that it names the one before it, `sound` that no rule of its
        own failed.

        Where a record or a link before it does not hold, nothing can be compared: that is said, and does not count
        against this ceremony. Raises Unreadable for a file that cannot be read.
        """
        self._holds = self._holds and linked
        try:
            opened = evidence.opened
        except CannotJudge as reason:
            self._holds = False
            return [Check(rule, "failed", f"This could not be judged: {reason}.") for rule in (REGISTER, ONCE, TIME)]
        checks = list(self._guarded(REGISTER, self._register(evidence, opened)))
        checks += self._guarded(REHEARSED, self._rehearsed(evidence))
        self._signed[evidence.folder.name] = {
            (data.what, data.name): data.artefact_sha256 for _, data in evidence.of(kinds.Signed)
        }
        self._holds = self._holds and broken_at(evidence.chain) is None
        checks += self._guarded(ONCE, self._once(evidence, opened))
        checks += self._guarded(TIME, self._time(evidence))
        if sound and all(check.status != "failed" for check in checks):
            self._sound.add(evidence.folder.name)
        return checks

    def stopped(self) -> list[Check]:
        """The checks of a ceremony that was not judged; nothing after it can be compared with what it left."""
        self._holds = False
        return [
            Check(rule, "unproved", f"Not proved, because this ceremony was not judged: {sentence}")
            for rule, sentence in ((REGISTER, _SAME), (ONCE, _ONCE), (TIME, _TIME))
        ]

    def _guarded(self, rule: str, source: Iterable[Check]) -> Iterator[Check]:
        try:
            yield from source
        except Unreadable:
            raise
        except CannotJudge as reason:
            yield Check(rule, "failed", f"This could not be judged: {reason}.")
        except Exception as error:  # whatever a doctored archive provokes must end as a failed check
            self._holds = False
            sentence = f"Rule {rule} met something that it could not read ({type(error).__name__}); it proves nothing."
            yield Check("VERIFY-CRASH", "failed", sentence)

    def _register(self, evidence: Evidence, opened: kinds.CeremonyOpened) -> Iterator[Check]:
        if opened.stand_in:
            if self._holds and not self._may_stand_in(evidence, opened):
                where = f"{evidence.folder.name}/{archive.REGISTER}"
                yield Check(
                    REGISTER, "failed", "It is said to be a stand-in, and is what earlier ceremonies left.", where
                )
            yield Check(
                "LIMIT-STAND-IN",
                "unproved",
                "That its past is the CA's own: earlier keys and certificates were made again as stand-ins for this "
                "rehearsal.",
            )
            return
        if not self._holds:
            yield Check(REGISTER, "unproved", f"Not proved, because the archive before it does not hold: {_SAME}")
            return
        left = self._left(evidence, opened)
        found = evidence.needed(archive.REGISTER)
        if found == left.octets:
            yield Check(REGISTER, "proved", _SAME)
        else:
            where = f"{evidence.folder.name}/{archive.REGISTER}"
            yield Check(
                REGISTER, "failed", f"It is not what earlier ceremonies left: {_difference(found, left)}.", where
            )

    def _may_stand_in(self, evidence: Evidence, opened: kinds.CeremonyOpened) -> bool:
        """Whether there are keys before it for which others may stand, and it has not those. Raises CannotJudge."""
        left = self._left(evidence, opened)
        made = any(self._fold.register(mode).keys for mode in ("production", "practice"))
        return made and not (left.keys and evidence.needed(archive.REGISTER) == left.octets)

    def _rehearsed(self, evidence: Evidence) -> Iterator[Check]:
        """What production was compared with is what the rehearsal of this archive signed."""
        rehearsed = evidence.plan.rehearsed
        if rehearsed is None:
            return
        if rehearsed.folder not in self._sound:
            said = f"It was compared with {rehearsed.folder}, which is not proved here."
            yield Check(REHEARSED, "failed", said, f"{evidence.folder.name}/{archive.REHEARSAL}")
            return
        signed = self._signed.get(rehearsed.folder, {})
        kept = {rehearsal_copy(path): octets for path, octets in rehearsed.objects.items()}
        faults = [
            f"{path} is not what {rehearsed.folder} signed as {item.name}."
            for item in evidence.plan.all_objects
            if (path := rehearsal_copy(object_path(item))) in kept
            and signed.get((item.what, item.name)) != sha256_hex(kept[path])
        ]
        for fault in faults:
            yield Check(REHEARSED, "failed", fault, f"{evidence.folder.name}/{archive.REHEARSAL}")
        if not faults:
            yield Check(REHEARSED, "proved", f"Its copies of what {rehearsed.folder} made are what was signed there.")

    def _left(self, evidence: Evidence, opened: kinds.CeremonyOpened) -> Register:
        """The register as this ceremony's script finds it: a rehearsal makes its token anew. Raises CannotJudge."""
        from ceremony.script.models import OpenToken  # late: it brings the policy's language with it

        register = self._fold.register(opened.mode)
        plan = evidence.plan
        initialises = any(isinstance(item.step, OpenToken) and item.step.initialise for item in plan.steps)
        return register.without_token(plan.token_label) if evidence.practice and initialises else register

    def _once(self, evidence: Evidence, opened: kinds.CeremonyOpened) -> Iterator[Check]:
        folder = evidence.folder.name
        faults = self._alone.again(folder, evidence.chain)
        said = _ONCE_STAND_IN if opened.stand_in else _ONCE
        if self._holds:
            self._fold.add(folder, evidence.chain, evidence.octets)
            if not opened.stand_in:  # nothing of a stand-in goes on
                faults += [*self._serials_again(evidence, opened.mode), *_twice(self._fold.register(opened.mode))]
        yield from self._over_all(ONCE, faults, said, f"{folder}/{archive.RECORD}")

    def _time(self, evidence: Evidence) -> Iterator[Check]:
        folder = evidence.folder.name
        faults = self._dating.faults(folder, evidence.chain)
        yield from self._over_all(TIME, faults, _TIME, f"{folder}/{archive.RECORD}")

    def _over_all(self, rule: str, faults: list[str], said: str, where: str) -> Iterator[Check]:
        """What is found in spite of a broken archive is found; what is not proves nothing then."""
        for fault in faults:
            yield Check(rule, "failed", fault, where)
        if not faults and self._holds:
            yield Check(rule, "proved", said)
        elif not faults:
            yield Check(rule, "unproved", f"Not proved, because the archive up to it does not hold: {said}")

    def _serials_again(self, evidence: Evidence, mode: Mode) -> Iterator[str]:
        """RFC 5280 4.1.2.2: unique for each issuer; also where a token was made anew in between."""
        signed = {data.name for _, data in evidence.of(kinds.Signed)}
        for _, built in evidence.of(kinds.CertificateBuilt):
            if built.name not in signed:
                continue
            place = (mode, built.issuer, built.serial)
            earlier = self._serials.setdefault(place, evidence.folder.name)
            if earlier != evidence.folder.name:
                yield f"The serial number {built.serial} of {built.name} was given by {built.issuer} in {earlier}."


def _twice(register: Register) -> Iterator[str]:
    """What the register of a mode holds more than once."""
    of_keys, of_certificates = register.keys, register.certificates
    for what, values in (
        ("key name", [item.name for item in of_keys]),
        ("public key", [item.spki_sha256 for item in of_keys]),
        ("certificate name", [item.name for item in of_certificates]),
        ("CRL number", [(item.issuer, item.profile, item.number) for item in register.crls]),
    ):
        counted: Counter[Hashable] = Counter(values)
        for value, count in counted.items():
            if count > 1:
                shown = f"{value[2]} of {value[0]}, profile {value[1]}," if isinstance(value, tuple) else value
                yield f"The {what} {shown} stands {count} times in the archive."


def _difference(found: bytes, left: Register) -> str:
    """The first part of the register that differs, and which entries."""
    try:
        register = parse_register(found)
    except CeremonyError:
        return "the file is not one that this program writes"
    for part in Register.model_fields:
        mine, theirs = getattr(register, part), getattr(left, part)
        if mine == theirs:
            continue
        if not isinstance(mine, tuple):
            return f"{part} is {mine}, and not {theirs}"
        differing = [*(item for item in mine if item not in theirs), *(item for item in theirs if item not in mine)]
        names = list(dict.fromkeys(_name(item) for item in differing))
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return f"its {part} differ" + (f" ({', '.join(names[:MOST_NAMED])}{more})" if names else " in their order")
    return "it is written in another form"


def _name(item: object) -> str:
    fields = ("folder", "name", "number", "serial")
    return str(next(value for name in fields if (value := getattr(item, name, None)) is not None))
