"""What a policy says of CRLs, OCSP responses and requests: what fits together, and what is refused at which line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.errors import Severity
from ceremony.policy.load import examine_policy, load_policy

POLICY = """\
format: ceremony-policy/1
ca: {name: Demonstration CA, country: ID}
cp_cps: {title: A statement, version: "1.0", date: "2026-11-02"}
rule_packs: [rfc5280, cabf-tls-br]
keys:
  ec: {algorithm: p-384}
  rsa: {algorithm: rsa-4096}
certificates:
  root:
    lint_as: root-ca
    subject: [{type: CN, value: Root}]
    issuer: root
    key: ec
    signature: ecdsa-sha384
    validity: {lifetime: 20y}
    extensions:
      - {type: basic-constraints, critical: true, ca: true}
      - {type: key-usage, critical: true, usages: [digitalSignature, keyCertSign, cRLSign]}
  other:
    lint_as: root-ca
    subject: [{type: CN, value: Other}]
    issuer: other
    key: ec
    signature: ecdsa-sha384
    validity: {lifetime: 19y}
    extensions:
      - {type: basic-constraints, critical: true, ca: true}
      - {type: key-usage, critical: true, usages: [keyCertSign]}
  responder:
    lint_as: ocsp-responder
    subject: [{type: CN, value: Responder}]
    issuer: root
    key: rsa
    signature: ecdsa-sha384
    validity: {lifetime: 1y}
    extensions:
      - {type: key-usage, critical: true, usages: [digitalSignature, nonRepudiation]}
      - {type: extended-key-usage, critical: false, purposes: [OCSPSigning]}
crls:
  whole:
    scope: ca
    issuer: root
    signature: ecdsa-sha384
    cycle: {lifetime: 365d, margin: 12h, renew: 30d}
    extensions:
      - {type: authority-key-identifier}
      - {type: crl-number}
      - {type: freshest-crl, urls: ["http://pki.example.org/delta.crl"]}
  delta:
    scope: ca
    issuer: root
    delta_of: whole
    signature: ecdsa-sha256
    cycle: {lifetime: 36h, renew: 12h}
    extensions:
      - {type: authority-key-identifier, critical: false}
      - {type: delta-crl-indicator}
ocsp:
  answers:
    issuer: root
    responder: responder
    signature: sha384-rsa
    cycle: {lifetime: 300d, renew: 20d}
requests:
  partner:
    subject: [{type: CN, value: Partner}]
    key: rsa
    signature: sha512-rsa
    extensions:
      - {type: subject-key-identifier, method: sha1}
"""

Change = tuple[str, str]


def changed(*changes: Change) -> str:
    text = POLICY
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


@pytest.fixture
def examined(tmp_path: Path) -> Callable[..., list[str]]:
    """`LINE:COLUMN: RULE: path: message` for each finding about the policy after the changes."""

    def of(*changes: Change) -> list[str]:
        path = tmp_path / "policy.yaml"
        loaded, findings = examine_policy(path, octets=changed(*changes).encode())
        assert loaded is not None
        return [str(finding).removeprefix(f"{path}:").replace("ERROR ", "") for finding in findings]

    return of


Examined = Callable[..., list[str]]
RESPONDER = ("responder: responder", "responder: root")
BY_ROOT = ("signature: sha384-rsa", "signature: ecdsa-sha384")

ACCEPTED: dict[str, tuple[Change, ...]] = {
    "everything that there is": (),
    "a CA that answers for itself": (RESPONDER, BY_ROOT),
    "a delegate by object identifier": (("[OCSPSigning]", "[1.3.6.1.5.5.7.3.9]"),),
    "a delegate without key usage": (
        ("      - {type: key-usage, critical: true, usages: [digitalSignature, nonRepudiation]}\n", ""),
    ),
    "a key usage left away": (
        ("      - {type: key-usage, critical: true, usages: [digitalSignature, keyCertSign, cRLSign]}\n", ""),
    ),
    "the last hour in which to renew": (("renew: 12h", "renew: 35h"),),
    "365 days to the last": ((", margin: 12h, renew: 30d", ", renew: 30d"),),
    "366 days with a margin of one": (("lifetime: 365d, margin: 12h", "lifetime: 366d, margin: 24h"),),
    "two years where no Baseline Requirements are in force": (
        ("[rfc5280, cabf-tls-br]", "[rfc5280]"),
        ("lifetime: 365d", "lifetime: 730d"),
    ),
    "a freshest-crl in a certificate": (
        ('      - {type: freshest-crl, urls: ["http://pki.example.org/delta.crl"]}\n', ""),
        (
            "purposes: [OCSPSigning]}\n",
            'purposes: [OCSPSigning]}\n      - {type: freshest-crl, urls: ["http://pki.example.org/delta.crl"]}\n',
        ),
    ),
    "one issuing distribution point in both": (
        ("- {type: crl-number}", "- {type: crl-number}\n      - {type: issuing-distribution-point, only: ca}"),
        (
            "- {type: delta-crl-indicator}",
            "- {type: delta-crl-indicator}\n      - {type: issuing-distribution-point, only: ca}",
        ),
    ),
    "an extension that has no word": (
        ("- {type: crl-number}", '- {type: crl-number}\n      - {type: raw, oid: 1.2.3, critical: false, der: "0500"}'),
    ),
    "a request without extensions": (("    extensions:\n      - {type: subject-key-identifier, method: sha1}\n", ""),),
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=ACCEPTED)
def test_accepts_what_fits(examined: Examined, changes: tuple[Change, ...]) -> None:
    assert examined(*changes) == []


WHOLE = "  whole:\n    scope: ca\n    issuer: root\n"
DELTA = "  delta:\n    scope: ca\n    issuer: root\n"
ANSWERS = "  answers:\n    issuer: root\n"
REFUSED: dict[str, tuple[tuple[Change, ...], str]] = {
    "a CRL of an issuer that does not exist": (
        ((WHOLE, WHOLE.replace("root", "rooot")), (DELTA, DELTA.replace("root", "rooot"))),
        "42:13: POLICY-CRL-ISSUER: crls.whole.issuer: there is no certificate profile `rooot` in this policy",
    ),
    "a CRL of what is no CA": (
        (
            (WHOLE, WHOLE.replace("root", "responder")),
            ("signature: ecdsa-sha384\n    cycle", "signature: sha256-rsa\n    cycle"),
        ),
        "42:13: POLICY-CRL-ISSUER: crls.whole.issuer: `responder` may not sign CRLs (basic-constraints ca, "
        "key-usage cRLSign)",
    ),
    "a CRL of a CA without cRLSign": (
        ((DELTA, DELTA.replace("root", "other")), (WHOLE, WHOLE.replace("root", "other"))),
        "42:13: POLICY-CRL-ISSUER: crls.whole.issuer: `other` may not sign CRLs (basic-constraints ca, key-usage "
        "cRLSign)",
    ),
    "a CRL signature that the issuer's key cannot make": (
        (("signature: ecdsa-sha256", "signature: sha256-rsa"),),
        "53:16: POLICY-CRL-SIGNATURE: crls.delta.signature: the issuer's key is p-384, which signs with "
        "ecdsa-sha384 or ecdsa-sha256 or ecdsa-sha512",
    ),
    "a margin as long as the lifetime": (
        (("margin: 12h", "margin: 365d"),),
        "44:37: POLICY-CRL-CYCLE: crls.whole.cycle.margin: the margin is no shorter than the lifetime, so that "
        "nothing is left",
    ),
    "a next CRL that is due at once": (
        (("renew: 12h", "renew: 36h"),),
        "54:35: POLICY-CRL-CYCLE: crls.delta.cycle.renew: the next one would be due before this one is made: "
        "write less than the lifetime without its margin",
    ),
    "a next CRL that is due within the margin": (
        (("margin: 12h, renew: 30d", "margin: 335d, renew: 30d"),),
        "44:50: POLICY-CRL-CYCLE: crls.whole.cycle.renew: the next one would be due before this one is made: "
        "write less than the lifetime without its margin",
    ),
    "a delta of what does not exist": (
        (("delta_of: whole", "delta_of: hole"),),
        "52:15: POLICY-CRL-DELTA: crls.delta.delta_of: there is no CRL profile `hole` in this policy",
    ),
    "a delta of another CA": (
        (
            (DELTA, DELTA.replace("root", "other")),
            ("ca: true}\n      - {type: key-usage, critical: true, usages: [keyCertSign]}", "ca: true}"),
        ),
        "50:13: POLICY-CRL-DELTA: crls.delta.issuer: the base is a CRL of `root`; both have one issuer",
    ),
    "a delta of another scope": (
        ((DELTA, DELTA.replace("scope: ca", "scope: subscriber")),),
        "50:12: POLICY-CRL-DELTA: crls.delta.scope: the base covers the scope ca; both have one scope",
    ),
    "a delta of another part": (
        (("- {type: crl-number}", "- {type: crl-number}\n      - {type: issuing-distribution-point, only: ca}"),),
        "57:7: POLICY-CRL-DELTA: crls.delta.extensions: the base has another issuing-distribution-point; it is "
        "the same in both (RFC 5280 5.2.4)",
    ),
    "a delta that says where a delta is": (
        (
            (
                "- {type: delta-crl-indicator}",
                '- {type: delta-crl-indicator}\n      - {type: freshest-crl, urls: ["http://pki.example.org/d.crl"]}',
            ),
        ),
        "58:9: POLICY-CRL-DELTA: crls.delta.extensions[2]: a delta CRL has no freshest-crl (RFC 5280 5.2.6)",
    ),
    "a word written as raw": (
        (("- {type: crl-number}", '- {type: raw, oid: 2.5.29.27, critical: true, der: "020101"}'),),
        "47:9: POLICY-CRL-RAW: crls.whole.extensions[1]: write it as delta-crl-indicator; what is raw is not "
        "looked into",
    ),
    "a response about an issuer that does not exist": (
        ((ANSWERS, ANSWERS.replace("root", "rooot")),),
        "60:13: POLICY-OCSP-ISSUER: ocsp.answers.issuer: there is no certificate profile `rooot` in this policy",
    ),
    "a response about what is no CA": (
        ((ANSWERS, ANSWERS.replace("root", "responder")),),
        "60:13: POLICY-OCSP-ISSUER: ocsp.answers.issuer: `responder` is no CA (basic-constraints ca)",
    ),
    "a responder that does not exist": (
        (("responder: responder", "responder: responser"),),
        "61:16: POLICY-OCSP-RESPONDER: ocsp.answers.responder: there is no certificate profile `responser` in "
        "this policy",
    ),
    "a responder of another CA": (
        ((ANSWERS, ANSWERS.replace("root", "other")),),
        "61:16: POLICY-OCSP-RESPONDER: ocsp.answers.responder: `responder` is neither the CA itself nor issued "
        "by `other` for OCSPSigning",
    ),
    "a responder without OCSPSigning": (
        (("[OCSPSigning]", "[clientAuth, anyExtendedKeyUsage]"),),
        "61:16: POLICY-OCSP-RESPONDER: ocsp.answers.responder: `responder` is neither the CA itself nor issued "
        "by `root` for OCSPSigning",
    ),
    "a responder without digitalSignature": (
        (("[digitalSignature, nonRepudiation]", "[nonRepudiation]"),),
        "61:16: POLICY-OCSP-RESPONDER: ocsp.answers.responder: `responder` may not sign responses (key-usage "
        "digitalSignature)",
    ),
    "a CA without digitalSignature that answers for itself": (
        (RESPONDER, BY_ROOT, ("[digitalSignature, keyCertSign, cRLSign]", "[keyCertSign, cRLSign]")),
        "61:16: POLICY-OCSP-RESPONDER: ocsp.answers.responder: `root` may not sign responses (key-usage "
        "digitalSignature)",
    ),
    "a response signature that the responder's key cannot make": (
        (("signature: sha384-rsa", "signature: ecdsa-sha384"),),
        "62:16: POLICY-OCSP-SIGNATURE: ocsp.answers.signature: the responder's key is rsa-4096, which signs with "
        "sha256-rsa or sha384-rsa or sha512-rsa or sha256-rsa-pss or sha384-rsa-pss or sha512-rsa-pss",
    ),
    "a response that is due at once": (
        (("renew: 20d", "renew: 301d"),),
        "63:36: POLICY-OCSP-CYCLE: ocsp.answers.cycle.renew: the next one would be due before this one is made: "
        "write less than the lifetime without its margin",
    ),
    "a request for a key that does not exist": (
        (("key: rsa\n    signature: sha512", "key: rsa-9\n    signature: sha512"),),
        "67:10: POLICY-REQUEST-KEY: requests.partner.key: there is no key profile `rsa-9` in this policy",
    ),
    "a request signature that its key cannot make": (
        (("signature: sha512-rsa", "signature: ed25519"),),
        "68:16: POLICY-REQUEST-SIGNATURE: requests.partner.signature: its key is rsa-4096, which signs with "
        "sha256-rsa or sha384-rsa or sha512-rsa or sha256-rsa-pss or sha384-rsa-pss or sha512-rsa-pss",
    ),
    "a request with an extension twice, once by its number": (
        (("method: sha1}", 'method: sha1}\n      - {type: raw, oid: 2.5.29.14, critical: false, der: "0401aa"}'),),
        "71:9: POLICY-REQUEST-EXTENSION: requests.partner.extensions[1]: subject-key-identifier stands twice "
        "(RFC 5280 4.2 forbids it)",
    ),
    "a request that knows its issuer": (
        (("method: sha1}", "method: sha1}\n      - {type: authority-key-identifier}"),),
        "71:9: POLICY-REQUEST-EXTENSION: requests.partner.extensions[1]: who is to issue the certificate is not "
        "known yet; leave the authority-key-identifier to the issuer",
    ),
}


@pytest.mark.parametrize(("changes", "complaint"), REFUSED.values(), ids=REFUSED)
def test_refuses_what_does_not_fit_at_its_line(examined: Examined, changes: tuple[Change, ...], complaint: str) -> None:
    found = [line for line in examined(*changes) if "WARNING" not in line]
    assert found[:1] == [complaint]


WARNED: dict[str, tuple[tuple[Change, ...], str]] = {
    "a CRL of CAs that counts for more than twelve months": (
        (("lifetime: 365d, margin: 12h", "lifetime: 366d, margin: 1h"),),
        "44:23: WARNING POLICY-CRL-LONG: crls.whole.cycle.lifetime: counts for 365 days and 23 hours; 365 days "
        "are the most that BR-R3 allows in every year",
    ),
    "a CRL of subscribers that counts for more than ten days": (
        (
            (WHOLE, WHOLE.replace("scope: ca", "scope: subscriber")),
            (DELTA, DELTA.replace("scope: ca", "scope: subscriber")),
        ),
        "44:23: WARNING POLICY-CRL-LONG: crls.whole.cycle.lifetime: counts for 364 days and 12 hours; 10 days are "
        "the most that BR-R3 allows in every year",
    ),
    "a response that counts for more than twelve months": (
        (("lifetime: 300d", "lifetime: 400d"),),
        "63:23: WARNING POLICY-OCSP-LONG: ocsp.answers.cycle.lifetime: counts for 400 days; 365 days are the most "
        "that BR-R10 allows in every year",
    ),
    "a delta that nobody is told of": (
        (('      - {type: freshest-crl, urls: ["http://pki.example.org/delta.crl"]}\n', ""),),
        "51:15: WARNING POLICY-CRL-FRESHEST: crls.delta.delta_of: neither `whole` nor a certificate of its "
        "issuer says where this list is (freshest-crl)",
    ),
}


@pytest.mark.parametrize(("changes", "warning"), WARNED.values(), ids=WARNED)
def test_warns_of_what_is_unwise_and_reads_the_policy_all_the_same(
    examined: Examined, tmp_path: Path, changes: tuple[Change, ...], warning: str
) -> None:
    assert examined(*changes) == [warning]
    assert load_policy(tmp_path / "policy.yaml", octets=changed(*changes).encode()).policy.crls


def test_a_delta_of_a_delta_is_refused(tmp_path: Path) -> None:
    second = POLICY[POLICY.index("  delta:") : POLICY.index("ocsp:\n")].replace("  delta:", "  second:")
    text = POLICY.replace("ocsp:\n", second.replace("delta_of: whole", "delta_of: delta") + "ocsp:\n")
    _, findings = examine_policy(tmp_path / "policy.yaml", octets=text.encode())
    blocking = [finding for finding in findings if finding.severity is Severity.ERROR]
    assert [(finding.rule, finding.subject) for finding in blocking] == [("POLICY-CRL-DELTA", "crls.second.delta_of")]
    assert "is a delta CRL itself" in blocking[0].message


def test_a_delta_of_itself_is_refused(examined: Examined) -> None:
    (found,) = (line for line in examined(("delta_of: whole", "delta_of: delta")) if "WARNING" not in line)
    assert (
        found == "52:15: POLICY-CRL-DELTA: crls.delta.delta_of: `delta` is a delta CRL itself; a base is a complete one"
    )
