"""RFC 5280: a certificate in its place: under its issuer, and beside every other that is known (4.1, 4.2, 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.encodings import SIGNATURE_ENCODINGS
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import GO_VERIFY, HOUSE, RFC5280
from ceremony.policy.rules.subtrees import names_of, outside, subtree_lies_in
from ceremony.policy.rules.view import CertificateView, Subject

LONGEST_PATH = 8
MOST_PATHS = 16

Path = tuple[CertificateView, ...]


def paths(subject: Subject) -> list[Path]:
    """The certificates above this one, its issuer first, as far as they are known; one path for each way up."""
    if subject.issuer is None:
        return []
    finished: list[Path] = []
    open_paths: list[Path] = [(subject.issuer,)]
    while open_paths and len(finished) < MOST_PATHS:
        path = open_paths.pop(0)
        above = [] if len(path) >= LONGEST_PATH else [(*path, view) for view in _issuers(path, subject)]
        open_paths += above
        if not above:
            finished.append(path)
    return finished


def _issuers(path: Path, subject: Subject) -> Iterator[CertificateView]:
    last = path[-1]
    for known in subject.known:
        view = known.certificate
        fits = view.ca and view.subject.der == last.issuer.der and view.subject.der != last.subject.der
        identifiers = (view.subject_key_identifier, last.authority_key_identifier)
        if fits and (None in identifiers or identifiers[0] == identifiers[1]) and view not in path:
            yield view


def on_every_path(subject: Subject, check: Callable[[Path], Iterator[str]]) -> Iterator[str]:
    """The faults of the path that has fewest: one good way up is enough."""
    faults = [list(check(path)) for path in paths(subject)]
    yield from min(faults, key=len, default=[])


def issuer_is_known(subject: Subject) -> Iterator[str]:
    """CHAIN-ISSUER."""
    issuer = facts.issuer_of(subject)
    if issuer is None:
        yield "the issuer's certificate was not given, so the chain could not be checked"
    elif subject.issuer_spki and issuer.key.spki != subject.issuer_spki:
        yield "the issuer's certificate holds another key than the one that is to sign"


def issuer_name(subject: Subject) -> Iterator[str]:
    """CHAIN-NAME."""
    issuer = facts.issuer_of(subject)
    if issuer is not None and subject.certificate.issuer.der != issuer.subject.der:
        yield "the issuer's name is not, octet for octet, the subject of the issuer's certificate"


def issuer_signature(subject: Subject) -> Iterator[str]:
    """CHAIN-SIGNATURE."""
    issuer = facts.issuer_of(subject)
    found = subject.certificate.signature_algorithm_der
    name, kind = SIGNATURE_ENCODINGS.get(found, ("", ""))
    if not name:
        yield f"the signature algorithm ({found.hex()}) is none that may be signed with; SHA-1 and MD5 are not"
    elif issuer is not None and _family(issuer.key.kind) != _family(kind):
        yield f"the issuer's key is {issuer.key.kind}; it cannot make a signature {name}"


def _family(kind: str) -> str:
    """Keys that make the same signatures: which hash goes with which curve is the Baseline Requirements' business."""
    return "ecdsa" if kind.startswith("p-") else kind


def issuer_outlives(subject: Subject) -> Iterator[str]:
    """CHAIN-VALIDITY."""
    if subject.issuer is None:
        return
    view, issuer = subject.certificate, subject.issuer
    if subject.clock > issuer.not_after:
        yield f"the issuer expired at {facts.moment(issuer.not_after)}; it is {facts.moment(subject.clock)}"
    if subject.clock < issuer.not_before:
        yield f"the issuer is not valid before {facts.moment(issuer.not_before)}; it is {facts.moment(subject.clock)}"
    if view.not_before < issuer.not_before:
        yield f"it begins before its issuer, which begins at {facts.moment(issuer.not_before)}"
    if view.not_after > issuer.not_after:
        yield f"it ends after its issuer, which ends at {facts.moment(issuer.not_after)}"


def issuer_may(subject: Subject) -> Iterator[str]:
    """CHAIN-USAGE."""
    if subject.issuer is None:
        return
    if not subject.issuer.ca:
        yield "the issuer is not a CA (basicConstraints)"
    if subject.issuer.key_usage is not None and "keyCertSign" not in subject.issuer.key_usage:
        yield "the issuer's key usage does not allow it to sign certificates (keyCertSign)"


def path_lengths(subject: Subject) -> Iterator[str]:
    """CHAIN-PATHLEN."""

    def check(path: Path) -> Iterator[str]:
        view = subject.certificate
        below = 1 if view.ca and not view.self_issued else 0
        for place, above in enumerate(path):
            limit = above.path_length
            name = "the issuer" if place == 0 else f"the CA {place + 1} steps above"
            if limit is not None and view.ca:
                if below > limit:
                    yield f"the path length of {name} is {limit}: a CA certificate may not stand here"
                elif view.path_length is not None and below + view.path_length > limit:
                    yield f"the path length {view.path_length} is more than {name} allows: at most {limit - below}"
            below += 0 if above.self_issued else 1

    yield from on_every_path(subject, check)


def names_are_permitted(subject: Subject) -> Iterator[str]:
    """CHAIN-NAMES."""
    if subject.certificate.self_issued and subject.certificate.ca:
        return

    def check(path: Path) -> Iterator[str]:
        for above in path:
            for name in names_of(subject.certificate):
                fault = outside(name, above.permitted or (), above.excluded or ())
                if fault:
                    yield fault

    yield from on_every_path(subject, check)


def constraints_nest(subject: Subject) -> Iterator[str]:
    """CHAIN-CONSTRAINTS."""

    def check(path: Path) -> Iterator[str]:
        for above in path:
            for base in subject.certificate.permitted or ():
                allowed = [other for other in above.permitted or () if other.kind == base.kind]
                barred = [other for other in above.excluded or () if other.kind == base.kind]
                text = repr(base.text) if base.text else "everything"
                if allowed and not any(subtree_lies_in(base, other) for other in allowed):
                    yield f"the permitted {base.kind} subtree {text} lies in none that its issuer permits"
                if any(subtree_lies_in(base, other) for other in barred):
                    yield f"the permitted {base.kind} subtree {text} lies in one that its issuer excludes"

    yield from on_every_path(subject, check)


def purposes_nest(subject: Subject) -> Iterator[str]:
    """CHAIN-EKU. A CA certifies its own OCSP responders whatever its purposes."""

    def check(path: Path) -> Iterator[str]:
        for above in path:
            if above.purposes is None or facts.ANY_PURPOSE in above.purposes:
                continue
            for purpose in subject.certificate.purposes or ():
                if purpose not in above.purposes and purpose != facts.OCSP_SIGNING:
                    yield f"the purpose {purpose} is none of its issuer's ({', '.join(above.purposes)})"

    yield from on_every_path(subject, check)


def policies_nest(subject: Subject) -> Iterator[str]:
    """CHAIN-POLICY."""
    issuer, own = subject.issuer, {policy.oid for policy in subject.certificate.policies or ()}
    if issuer is None or issuer.policies is None or issuer.self_issued or not own:
        return
    allowed = {policy.oid for policy in issuer.policies} | {right for _, right in issuer.policy_mappings or ()}
    if facts.ANY_POLICY not in allowed | own and not allowed & own:
        yield "none of its policies is one of its issuer's, so that no policy is valid below it"


def authority_identifier(subject: Subject) -> Iterator[str]:
    """CHAIN-AKI."""
    issuer = facts.issuer_of(subject)
    found = subject.certificate.authority_key_identifier
    if issuer is not None and found is not None and found != issuer.subject_key_identifier:
        yield "the authority key identifier is not the issuer's subject key identifier"


def one_identifier_for_one_key(subject: Subject) -> Iterator[str]:
    """CHAIN-SKI."""
    yield from identifier_faults(subject)


def identifier_faults(subject: Subject) -> Iterator[str]:
    """A subject key identifier that differs from the one its key has, or that another key has."""
    view = subject.certificate
    own = view.subject_key_identifier
    if own is None:
        return
    for known in facts.others(subject):
        other = known.certificate
        if other.subject_key_identifier is None:
            continue
        if facts.same_key(subject, known):
            methods = (facts.identifier_method(view), facts.identifier_method(other))
            same_bytes = view.key.spki == other.key.spki
            # A placeholder beside the real key of the same name: only the methods can be compared.
            equal = own == other.subject_key_identifier if same_bytes or None in methods else methods[0] == methods[1]
            if not equal:
                yield f"the same key has another subject key identifier in {known.name}; it must be copied, not remade"
        elif view.key.spki != other.key.spki and own == other.subject_key_identifier:
            yield f"{known.name} has the same subject key identifier over another key"


def one_key_for_one_subject(subject: Subject) -> Iterator[str]:
    """CHAIN-SUBJECT."""
    view = subject.certificate
    if subject.rollover:
        return
    for known in facts.others(subject):
        both = view.ca and known.certificate.ca and not facts.same_key(subject, known)
        if both and facts.comparable(known.certificate) == facts.comparable(view):
            yield f"{known.name} is a CA with the same subject and another key"


def one_subject_for_one_key(subject: Subject) -> Iterator[str]:
    """CHAIN-KEY."""
    for known in facts.others(subject):
        same_name = facts.comparable(known.certificate) == facts.comparable(subject.certificate)
        if facts.same_key(subject, known) and not same_name:
            yield f"the same key is certified in {known.name} under another name"


_rule = partial(Rule, pack="rfc5280", severity=Severity.ERROR)
_rfc = partial(_rule, source=RFC5280)

RULES: tuple[Rule, ...] = (
    _rule(
        id="CHAIN-ISSUER",
        text="The issuer's certificate is there to be checked against, and holds the key that is to sign.",
        source=HOUSE,
        section="own rule 1",
        advice="Issue the issuer's certificate first, or give it among the inputs of the script.",
        check=issuer_is_known,
        part="issuer",
    ),
    _rfc(
        id="CHAIN-NAME",
        text="The issuer's name is, octet for octet, the subject of the issuer's certificate.",
        section="RFC 5280 4.1.2.4, 4.1.2.6 (a)",
        advice="Name the issuer's profile at issuer.",
        check=issuer_name,
        part="issuer",
    ),
    _rfc(
        id="CHAIN-SIGNATURE",
        text="The signature algorithm is one that is safe to sign with, and one that the issuer's key can make.",
        section="RFC 5280 4.1.1.2",
        advice="Write a signature that goes with the issuer's key (`ceremony policy schema` lists them).",
        check=issuer_signature,
        part="signature",
    ),
    _rule(
        id="CHAIN-VALIDITY",
        text="A certificate begins and ends within the validity of its issuer, and is signed within it.",
        source=HOUSE,
        section="own rule 2",
        advice="Write a shorter lifetime, or a not_after inside the issuer's; where the issuer has expired, certify it "
        "anew first.",
        check=issuer_outlives,
        part="validity",
    ),
    _rfc(
        id="CHAIN-USAGE",
        text="The issuer is a CA, with keyCertSign where it has a key usage.",
        section="RFC 5280 4.2.1.3, 4.2.1.9, 6.1.4 (k), (n)",
        advice="Let a CA issue it.",
        check=issuer_may,
        part="issuer",
    ),
    _rfc(
        id="CHAIN-PATHLEN",
        text="The path lengths of the CAs above leave room for this one and for what it promises.",
        section="RFC 5280 4.2.1.9, 6.1.4 (l), (m)",
        advice="Write a smaller path_length, or let a CA higher up issue it.",
        check=path_lengths,
        part="basic-constraints",
    ),
    _rfc(
        id="CHAIN-NAMES",
        text="Subject and alternative names lie within the name constraints of every CA above.",
        section="RFC 5280 4.2.1.10, 6.1.3 (b), (c)",
        advice="Write names inside the issuer's constraints.",
        check=names_are_permitted,
        part="subject",
    ),
    _rfc(
        id="CHAIN-CONSTRAINTS",
        text="What a CA's name constraints permit, those above it permit too.",
        section="RFC 5280 4.2.1.10, 6.1.4 (g)",
        advice="Write permitted subtrees inside the issuer's.",
        check=constraints_nest,
        part="name-constraints",
    ),
    _rule(
        id="CHAIN-EKU",
        text="Extended key usages lie within those of every CA above that has any.",
        source=GO_VERIFY,
        section="Certificate.Verify",
        advice="Take the purpose away, or let another CA issue it.",
        check=purposes_nest,
        part="extended-key-usage",
    ),
    _rfc(
        id="CHAIN-POLICY",
        text="A certificate shares a policy with its issuer.",
        section="RFC 5280 6.1.3 (d)",
        severity=Severity.WARNING,
        advice="Write a policy that the issuer's certificate asserts.",
        check=policies_nest,
        part="certificate-policies",
    ),
    _rfc(
        id="CHAIN-AKI",
        text="The authority key identifier is the issuer's subject key identifier.",
        section="RFC 5280 4.2.1.2",
        advice="Write key_identifier: issuer.",
        check=authority_identifier,
        part="authority-key-identifier",
    ),
    _rfc(
        id="CHAIN-SKI",
        text="One key has one subject key identifier, in every certificate, and no other key has it.",
        section="RFC 5280 4.2.1.2",
        advice="Write method: copy for a key that has a certificate already.",
        check=one_identifier_for_one_key,
        part="subject-key-identifier",
    ),
    _rfc(
        id="CHAIN-SUBJECT",
        text="No two CA certificates have one subject over two keys, but where the profile says that the CA changes "
        "its key.",
        section="RFC 5280 4.1.2.6",
        advice="Give this CA a name of its own, or use the key that the name has. Where the CA is to keep its name "
        "with a new key, write rollover: true in the profile of the new certificate.",
        check=one_key_for_one_subject,
        part="subject",
    ),
    _rule(
        id="CHAIN-KEY",
        text="No key is certified under two names.",
        source=HOUSE,
        section="own rule 3",
        advice="Make a key of its own for this subject.",
        check=one_subject_for_one_key,
        part="key",
    ),
)
