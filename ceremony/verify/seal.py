"""SEAL: the record is the one that its keeper sealed, with the key that the people file names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ceremony.canonical import sha256_hex
from ceremony.pki.credential import why_unfit
from ceremony.pki.der import DerError, irregularities
from ceremony.script.quorum import sealers
from ceremony.transcript import archive, kinds
from ceremony.verify.cms import OTHER_CONTENT, Seal, read_seal, verify_seal
from ceremony.verify.evidence import CannotJudge, Evidence, line_of, moment
from ceremony.verify.rule import Fault, Rule


def _seal(evidence: Evidence) -> Seal:
    try:
        return read_seal(evidence.needed(archive.SEAL))
    except DerError as error:
        raise CannotJudge(f"transcript.p7s is not a seal: {error}") from None


def _form(evidence: Evidence) -> Iterator[Fault]:
    octets = evidence.needed(archive.SEAL)
    for sentence in irregularities(octets):
        yield Fault(f"transcript.p7s is not strict DER: {sentence}.", archive.SEAL)
        return
    try:
        read_seal(octets)
    except DerError as error:
        yield Fault(f"transcript.p7s is not a seal: {error}.", archive.SEAL)


def _certificate(evidence: Evidence) -> Iterator[Fault]:
    octets = evidence.needed(archive.SEAL_CERTIFICATE)
    if _seal(evidence).certificate != octets:
        yield Fault(f"The seal carries another certificate than {archive.SEAL_CERTIFICATE}.", archive.SEAL)
    if sha256_hex(octets) != evidence.ending.seal_certificate_sha256:
        yield Fault(
            f"{archive.SEAL_CERTIFICATE} is not the certificate that the last line of the record names.",
            archive.SEAL_CERTIFICATE,
        )


def _person(evidence: Evidence) -> Iterator[Fault]:
    closed, plan = evidence.ending, evidence.plan
    where = line_of(evidence.chain.entries[-1])
    token = [data for _, data in evidence.of(kinds.TokenFound) if data.purpose == "credential"]
    if not token or token[-1].label != closed.seal_token:
        yield Fault(f"The record was sealed with a token that was never found, {closed.seal_token}.", where)
    consents = [data for _, data in evidence.of(kinds.Confirmed) if data.word == "SEAL"]
    if not consents or consents[-1].person != closed.sealed_by:
        yield Fault(f"{closed.sealed_by} did not agree to seal the record.", where)
    sealer = next((item for item in sealers(plan, evidence.state.stands_for) if item.id == closed.sealed_by), None)
    if sealer is None:
        yield Fault(f"{closed.sealed_by} seals the record; the script names {plan.script.seal_by}.", where)
        sealer = plan.sealer
    if evidence.practice:
        return
    credential = sealer.credential
    if credential is None:
        yield Fault(f"The people file names no credential of {sealer.name}, who seals.", archive.PEOPLE)
    elif credential.certificate_sha256 != closed.seal_certificate_sha256:
        yield Fault(f"The record was sealed with another certificate than {sealer.name}'s.", where)
    elif credential.token_label != closed.seal_token:
        yield Fault(f"The record was sealed with another token than {sealer.name}'s.", where)


def _fit(evidence: Evidence) -> Iterator[Fault]:
    """At the close, by the agreed clock; a practice credential says for itself what it is."""
    closed, last = evidence.ending, evidence.chain.entries[-1]
    if evidence.practice:
        return
    sealer = evidence.plan.people.get(closed.sealed_by)
    if sealer is None:
        raise CannotJudge(f"nobody of the people file is {closed.sealed_by}")
    reason = why_unfit(evidence.needed(archive.SEAL_CERTIFICATE), moment(last.event.at), sealer.certified_name)
    if reason:
        yield Fault(f"The seal's certificate was not good for it at the close. {reason}", archive.SEAL_CERTIFICATE)


def _signature(evidence: Evidence) -> Iterator[Fault]:
    seal = _seal(evidence)
    if evidence.digest(archive.RECORD) is None:
        raise CannotJudge(f"{archive.RECORD} is missing, or is not a plain file")
    wrong = verify_seal(seal, evidence.record_pieces())
    if not wrong:
        return
    if evidence.record_holds and wrong == OTHER_CONTENT:
        last = evidence.chain.entries[-1]
        yield Fault(
            f"The record is not the one that was sealed. Its lines fit each other, so line {last.event.seq}, the last, "
            "was changed, or lines were written anew from some line on.",
            line_of(last),
        )
    else:
        yield Fault(f"The seal does not hold: {wrong}.", archive.SEAL)


def _rule(name: str, proved: str | Callable[[Evidence], str], judge: Callable[[Evidence], Iterator[Fault]]) -> Rule:
    """A rule about the seal; of an early end without one it says so (FILES-EXTRA holds that there is none)."""

    def said(evidence: Evidence) -> str:
        if evidence.unsealed:
            return "It ended early, and nobody sealed it."
        return proved if isinstance(proved, str) else proved(evidence)

    def faults(evidence: Evidence) -> Iterator[Fault]:
        return iter(()) if evidence.unsealed else judge(evidence)

    return Rule(name, said, faults, gate=judge in (_form, _signature))


RULES = (
    _rule("SEAL-FORM", "The seal is a CMS signature in strict DER, by one signer, with nothing added.", _form),
    _rule(
        "SEAL-CERTIFICATE",
        "The seal's certificate is the archived one, which the record's last line names.",
        _certificate,
    ),
    _rule(
        "SEAL-PERSON",
        lambda e: (
            f"The record was sealed by {e.ending.sealed_by}, whom the script names"
            + ("" if e.ending.sealed_by == e.plan.script.seal_by else f" in the place of {e.plan.script.seal_by}")
            + (", with a practice credential." if e.practice else ", with the certificate that the people file names.")
        ),
        _person,
    ),
    _rule(
        "SEAL-FIT",
        lambda e: (
            "A practice credential sealed it; its certificate is not judged."
            if e.practice
            else "The seal's certificate was valid at the end, to sign with, of no CA, and names who sealed."
        ),
        _fit,
    ),
    _rule("SEAL-SIGNATURE", "The seal is a valid signature over this very record.", _signature),
)
