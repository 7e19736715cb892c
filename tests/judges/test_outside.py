"""Each outside judge accepts a good hierarchy and refuses what is wrong with a bad one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import ocsp

from tests.judges import hierarchy, outside
from tests.judges.hierarchy import DAY, NOW, START, crl, flipped, make, ocsp_response

SUB, LEAF = 2**126 + 2, 2**126 + 3


class Chain:
    """Root, subordinate and leaf, each with what may be wrong with it."""

    def __init__(self, algorithm: str = "p-384", **changes: dict[str, Any]) -> None:
        made = {word: changes.get(word, {}) for word in ("root", "sub", "leaf")}
        self.root = make("root", algorithm=algorithm, **made["root"])
        self.sub = make("sub", self.root, algorithm=algorithm, serial=SUB, **made["sub"])
        self.leaf = make("leaf", self.sub, serial=LEAF, **made["leaf"])

    def put(self, word: str, octets: bytes) -> Chain:
        """With other octets for one of the three."""
        setattr(self, word, replace(getattr(self, word), der=octets))
        return self

    def crls(self, *, root: tuple[int, ...] = (), sub: tuple[int, ...] = ()) -> tuple[bytes, bytes]:
        return crl(self.root, *root), crl(self.sub, *sub)


Judge = Callable[[Path, Chain, tuple[bytes, ...]], outside.Verdict]


def by_openssl(folder: Path, chain: Chain, crls: tuple[bytes, ...]) -> outside.Verdict:
    above = [chain.sub.der]
    return outside.openssl_verify(folder, chain.leaf.der, root=chain.root.der, intermediates=above, crls=crls)


def by_certtool(folder: Path, chain: Chain, crls: tuple[bytes, ...]) -> outside.Verdict:
    above = [chain.sub.der]
    return outside.certtool_verify(folder, chain.leaf.der, root=chain.root.der, intermediates=above, crls=crls)


def by_nss(folder: Path, chain: Chain, crls: tuple[bytes, ...]) -> outside.Verdict:
    above = [chain.sub.der]
    root = chain.root.der
    return outside.nss_verify(folder, chain.leaf.der, root=root, intermediates=above, crls=crls, usage="tls-server")


JUDGES = {"openssl": by_openssl, "certtool": by_certtool, "nss": by_nss}

LONG_AGO: dict[str, Any] = {"not_before": START - 60 * DAY, "not_after": START - DAY}
FUTURE: dict[str, Any] = {"not_before": NOW + 3 * DAY, "not_after": NOW + 60 * DAY}
"""NSS forgives a certificate that begins within a day."""
NOBODY = hierarchy.key_of("nobody", "p-384")


def flipped_in(word: str) -> Chain:
    chain = Chain()
    return chain.put(word, flipped(getattr(chain, word).der))


FAULTS: dict[str, tuple[Callable[[], Chain], str]] = {
    "an expired leaf": (lambda: Chain(leaf=LONG_AGO), "expired"),
    "an expired subordinate": (lambda: Chain(sub=LONG_AGO), "expired"),
    "a leaf before its time": (lambda: Chain(leaf=FUTURE), "not yet valid|expired"),
    "a leaf with a changed signature": (lambda: flipped_in("leaf"), "signature"),
    "a subordinate with a changed signature": (lambda: flipped_in("sub"), "signature"),
    "a leaf that another key signed": (lambda: Chain(leaf={"signed_by": NOBODY}), "signature"),
    "an issuer that is no CA": (
        lambda: Chain(sub={"drop": ("basic-constraints",)}),
        "invalid CA|not a CA|Issuer certificate is invalid",
    ),
    "a root that nobody trusts": (lambda: Chain().put("root", make("root", name="other").der), "issuer"),
}
"""For each: what is made, and what each judge says of it (a regular expression)."""


@pytest.mark.parametrize("algorithm", ["p-384", "rsa-2048"])
@pytest.mark.parametrize("judge", JUDGES)
def test_a_good_hierarchy_is_accepted_with_crls_and_without(judge: str, algorithm: str, tmp_path: Path) -> None:
    chain = Chain(algorithm)
    for crls in ((), chain.crls()):
        verdict = JUDGES[judge](tmp_path, chain, crls)
        assert verdict.ok, verdict.text


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("judge", JUDGES)
def test_a_bad_hierarchy_is_refused_for_its_fault(judge: str, fault: str, tmp_path: Path) -> None:
    made, words = FAULTS[fault]
    ok, text = JUDGES[judge](tmp_path, made(), ())
    assert not ok
    assert re.search(words, text), text


@pytest.mark.parametrize("revoked", [{"sub": (LEAF,)}, {"root": (SUB,)}], ids=["the leaf", "the subordinate"])
@pytest.mark.parametrize("judge", JUDGES)
def test_what_a_crl_revokes_is_refused(judge: str, revoked: dict[str, tuple[int, ...]], tmp_path: Path) -> None:
    chain = Chain()
    ok, text = JUDGES[judge](tmp_path, chain, chain.crls(**revoked))
    assert not ok
    assert "revoked" in text


@pytest.mark.parametrize("judge", ["openssl", "nss"])
def test_another_time_can_be_asked_about(judge: str, tmp_path: Path) -> None:
    chain = Chain(sub=LONG_AGO, leaf=LONG_AGO, root={"not_before": START - 90 * DAY})
    above = [chain.sub.der]

    def ask(at: datetime) -> bool:
        if judge == "openssl":
            verdict = outside.openssl_verify(tmp_path, chain.leaf.der, root=chain.root.der, intermediates=above, at=at)
        else:
            verdict = outside.nss_verify(
                tmp_path, chain.leaf.der, root=chain.root.der, intermediates=above, at=at, usage="tls-server"
            )
        return verdict.ok

    assert ask(START - 30 * DAY)
    assert not ask(NOW)


def test_strictness_is_openssls_own(tmp_path: Path) -> None:
    loose = Chain(sub={"drop": ("authority-key-identifier",)})
    asked = {"root": loose.root.der, "intermediates": [loose.sub.der]}
    assert not outside.openssl_verify(tmp_path, loose.leaf.der, **asked).ok
    assert outside.openssl_verify(tmp_path, loose.leaf.der, **asked, strict=False).ok


def test_openssl_wants_a_crl_that_holds_for_each_certificate_of_the_chain(tmp_path: Path) -> None:
    chain = Chain()
    of_root, of_sub = chain.crls()
    old = crl(chain.sub, this_update=START - 60 * DAY, next_update=START - DAY)
    assert by_openssl(tmp_path, chain, (of_root, of_sub)).ok
    for crls, words in (((of_sub,), "unable to get certificate CRL"), ((of_root, old), "CRL has expired")):
        ok, text = by_openssl(tmp_path, chain, crls)
        assert not ok
        assert words in text


def test_openssl_counts_the_delta_of_a_crl_that_says_where_its_delta_is(tmp_path: Path) -> None:
    chain = Chain()
    later = START + timedelta(minutes=1)

    def ask(revoked: tuple[int, ...], *, fresh: bool) -> outside.Verdict:
        whole = (crl(chain.root, fresh=fresh), crl(chain.sub, fresh=fresh))
        delta = crl(chain.sub, *revoked, number=2, base=1, this_update=later)
        asked = {"root": chain.root.der, "intermediates": [chain.sub.der]}
        return outside.openssl_verify(tmp_path, chain.leaf.der, **asked, crls=(*whole, delta), deltas=True)

    assert ask((), fresh=True).ok, ask((), fresh=True).text
    assert ask((LEAF,), fresh=False).ok
    ok, text = ask((LEAF,), fresh=True)
    assert not ok
    assert "certificate revoked" in text


@pytest.mark.parametrize(
    ("usage", "good", "bad"),
    [("any-ca", "sub", "leaf"), ("tls-server", "leaf", "responder"), ("ocsp-responder", "responder", "leaf")],
)
def test_nss_asks_what_a_certificate_is_for(usage: Any, good: str, bad: str, tmp_path: Path) -> None:
    chain = Chain()
    made = {"sub": chain.sub, "leaf": chain.leaf, "responder": make("responder", chain.root, serial=9)}
    above = [chain.sub.der]

    def ask(word: str) -> outside.Verdict:
        up = above if word == "leaf" else []
        return outside.nss_verify(tmp_path, made[word].der, root=chain.root.der, intermediates=up, usage=usage)

    assert ask(good).ok, ask(good).text
    assert not ask(bad).ok


def test_nss_refuses_to_take_a_crl_with_a_wrong_signature(tmp_path: Path) -> None:
    chain = Chain()
    ok, text = by_nss(tmp_path, chain, (flipped(crl(chain.root)),))
    assert not ok
    assert "invalid signature" in text


def test_nss_counts_a_crl_at_another_time(tmp_path: Path) -> None:
    chain = Chain()
    above, later = [chain.sub.der], START + 20 * DAY

    def ask(of_root: bytes) -> outside.Verdict:
        crls, root = (of_root, crl(chain.sub)), chain.root.der
        return outside.nss_verify(
            tmp_path, chain.leaf.der, root=root, intermediates=above, crls=crls, usage="tls-server", at=later
        )

    assert ask(crl(chain.root)).ok
    assert not ask(crl(chain.root, SUB)).ok


# Lists ----------------------------------------------------------------------------------------------------------------

CRL_JUDGES = {"openssl": outside.openssl_crl, "certtool": outside.certtool_crl_verify}


@pytest.mark.parametrize("algorithm", ["p-384", "rsa-2048"])
@pytest.mark.parametrize("judge", CRL_JUDGES)
def test_a_crl_is_accepted_under_its_issuers_key_alone(judge: str, algorithm: str, tmp_path: Path) -> None:
    root = make("root", algorithm=algorithm)
    ask = CRL_JUDGES[judge]
    assert ask(tmp_path, crl(root, SUB), root.der).ok
    assert not ask(tmp_path, flipped(crl(root, SUB)), root.der).ok
    assert not ask(tmp_path, crl(root, SUB, signed_by=hierarchy.key_of("nobody", algorithm)), root.der).ok
    assert not ask(tmp_path, crl(root, SUB), make("root", name="other").der).ok


def test_certtool_refuses_a_crl_that_no_longer_holds(tmp_path: Path) -> None:
    root = make("root")
    old = crl(root, this_update=START - 60 * DAY, next_update=START - DAY)
    ok, text = outside.certtool_crl_verify(tmp_path, old, root.der)
    assert not ok
    assert "old" in text


def test_both_read_number_serial_and_reason_of_a_crl(tmp_path: Path) -> None:
    root = make("root")
    octets = crl(root, SUB, number=7)
    by_gnutls, by_openssl = outside.certtool_crl_info(tmp_path, octets), outside.openssl_crl(tmp_path, octets, root.der)
    assert by_gnutls.ok
    assert f"Serial Number (hex): {SUB:x}" in by_gnutls.text
    assert "CRL Number (not critical): 07" in by_gnutls.text
    assert f"Serial Number: {SUB:X}" in by_openssl.text
    assert "Superseded" in by_openssl.text
    assert not outside.certtool_crl_info(tmp_path, octets[:-40]).ok


# OCSP responses -------------------------------------------------------------------------------------------------------


def respin(folder: Path, response: bytes, chain: Chain, **changes: Any) -> outside.Verdict:
    asked = {"certificate": chain.sub.der, "issuer": chain.root.der, "root": chain.root.der, **changes}
    return outside.openssl_ocsp_respin(folder, response, **asked)


@pytest.mark.parametrize(("revoked", "status"), [(False, "good"), (True, "revoked")])
def test_a_response_is_accepted_with_its_status(revoked: bool, status: str, tmp_path: Path) -> None:
    chain = Chain()
    delegate = make("responder", chain.root, serial=9)
    ok, text = respin(tmp_path, ocsp_response(chain.root, chain.sub, delegate, revoked=revoked), chain)
    assert ok, text
    assert f"certificate.pem: {status}" in text
    assert ("Reason: superseded" in text) is revoked


def response_faults() -> dict[str, tuple[Any, dict[str, Any], str]]:
    chain = Chain()
    delegate = make("responder", chain.root, serial=9)
    plain = make("responder", chain.root, serial=9, drop=("extended-key-usage",))
    expired = make("responder", chain.root, serial=9, **LONG_AGO)
    good = ocsp_response(chain.root, chain.sub, delegate)
    past = {"this_update": START - 60 * DAY, "next_update": START - DAY}
    return {
        "by a delegate without OCSPSigning": (ocsp_response(chain.root, chain.sub, plain), {}, "ocspsigning"),
        "by an expired delegate": (ocsp_response(chain.root, chain.sub, expired), {}, "expired"),
        "of another certificate": (good, {"certificate": chain.leaf.der}, "No Status found"),
        "under another root": (good, {"root": make("root", name="other").der}, "Verify Failure"),
        "out of date": (ocsp_response(chain.root, chain.sub, delegate, **past), {}, "Status times invalid"),
    }


@pytest.mark.parametrize("fault", response_faults())
def test_a_bad_response_is_refused_for_its_fault(fault: str, tmp_path: Path) -> None:
    response, changes, words = response_faults()[fault]
    ok, text = respin(tmp_path, response, Chain(), **changes)
    assert not ok
    assert words in text


def test_a_response_with_a_changed_signature_is_refused(tmp_path: Path) -> None:
    chain = Chain("rsa-2048")
    delegate = make("responder", chain.root, serial=9)
    response = ocsp_response(chain.root, chain.sub, delegate)
    signature = ocsp.load_der_ocsp_response(response).signature
    changed = response.replace(signature, flipped(signature))
    assert respin(tmp_path, response, chain).ok
    assert not respin(tmp_path, changed, chain).ok


def test_a_judge_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="certtool, which scripts/setup --dev installs"):
        outside.certtool_crl_info(tmp_path, b"")


@pytest.mark.parametrize("command", ["openssl", "certtool", "vfychain"])
def test_the_set_up_for_development_looks_for_every_judge(command: str) -> None:
    setup = (Path(__file__).parents[2] / "scripts" / "setup").read_text(encoding="utf-8")
    assert re.search(rf"^ +need_packages .*\b[a-z0-9-]+={command}\b", setup, re.MULTILINE)
