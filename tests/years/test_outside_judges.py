"""Every artefact of every year before judges that had no part in it: openssl at that time, certtool, NSS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ceremony.pki.crl_view import crl_view
from ceremony.room.clock import parse_iso
from ceremony.script.past import past_of_archive
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import CertificateEntry, CrlEntry
from tests.judges import outside

DAY = timedelta(days=1)
ROOTS = ("root", "second-root")
NSS_ENDS = datetime(2049, 12, 31, tzinfo=UTC)
"""Its tools write a year with two digits."""


@dataclass(frozen=True)
class Judged:
    """The archive, and what its register says of any moment."""

    archive: Path
    register: Register

    def der(self, name: str) -> bytes:
        entry = self.register.certificate(name)
        assert entry is not None
        return bytes.fromhex(entry.der)

    def crl(self, entry: CrlEntry) -> bytes:
        return (self.archive / entry.path).read_bytes()

    def lists_at(self, moment: datetime) -> dict[str, CrlEntry]:
        """The last list of each root that was signed by then, where it had not ended."""
        last = {item.profile: item for item in self.register.crls if parse_iso(item.this_update) <= moment}
        return {name: item for name, item in last.items() if moment <= parse_iso(item.next_update)}

    def valid_at(self, moment: datetime) -> list[CertificateEntry]:
        return [item for item in self.register.certificates if within(item, moment)]

    def revoked_at(self, moment: datetime) -> set[str]:
        return {item.certificate for item in self.register.revocations if parse_iso(item.revoked_at) <= moment}

    def chains(self, name: str, moment: datetime, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every way from a certificate up to a root, over the cross-certificates that are valid then; no key twice."""
        entry = self.register.certificate(name)
        assert entry is not None
        if entry.key in seen:
            return
        if entry.issuer == name:
            yield (name,)
            return
        for above in (entry.issuer, *self.crosses(entry.issuer, moment)):
            yield from ((name, *rest) for rest in self.chains(above, moment, (*seen, entry.key)))

    def crosses(self, root: str, moment: datetime) -> list[str]:
        return [item.name for item in self.valid_at(moment) if item.profile.startswith(f"{root}-by-")]


def within(item: CertificateEntry, moment: datetime) -> bool:
    return parse_iso(item.not_before) <= moment <= parse_iso(item.not_after)


@pytest.fixture(scope="module")
def judged(archive: Path) -> Judged:
    return Judged(archive, past_of_archive(archive, "practice").register)


def test_openssl_agrees_in_every_year_about_every_chain(judged: Judged, tmp_path: Path) -> None:
    """A day after each list, with the lists that were then in force, every certificate that was then valid."""
    asked = {True: 0, False: 0}
    lengths = set()
    for moment in sorted({parse_iso(item.this_update) + DAY for item in judged.register.crls}):
        lists, revoked = judged.lists_at(moment), judged.revoked_at(moment)
        for entry in judged.valid_at(moment):
            for chain in judged.chains(entry.name, moment):
                issuers = {judged.register.certificate(name).issuer for name in chain}  # type: ignore[union-attr]
                if not issuers <= lists.keys():
                    assert "second-root" in issuers - lists.keys()  # it retired, and signs no lists any more
                    continue
                ok, text = outside.openssl_verify(
                    tmp_path,
                    judged.der(chain[0]),
                    root=judged.der(chain[-1]),
                    intermediates=[judged.der(name) for name in chain[1:-1]],
                    crls=[judged.crl(lists[name]) for name in sorted(issuers)],
                    at=moment,
                )
                wanted = not revoked & set(chain)
                assert ok is wanted, f"{moment} {chain}: {text}"
                assert wanted or "certificate revoked" in text
                asked[wanted] += 1
                lengths.add(len(chain))
    assert asked[True] > 120
    assert asked[False] > 5
    assert lengths == {1, 2, 3}


def test_openssl_knows_no_list_for_a_year_in_which_none_would_be_in_force(judged: Judged, tmp_path: Path) -> None:
    last = judged.register.last_crl("root")
    assert last is not None
    after = parse_iso(last.next_update) + DAY
    root, crls = judged.der("root"), [judged.crl(last)]
    ok, text = outside.openssl_verify(tmp_path, judged.der("issuing-7"), root=root, crls=crls, at=after)
    assert not ok
    assert "CRL has expired" in text


def test_openssl_and_certtool_read_every_list_alike(judged: Judged, tmp_path: Path) -> None:
    for entry in judged.register.crls:
        octets, issuer = judged.crl(entry), judged.der(entry.issuer)
        view = crl_view(octets)
        by_openssl = outside.openssl_crl(tmp_path, octets, issuer)
        assert by_openssl.ok, entry.name
        by_gnutls = outside.certtool_crl_info(tmp_path, octets)
        assert by_gnutls.ok, entry.name
        number = re.search(r"CRL Number \(not critical\): ([0-9a-f]+)", by_gnutls.text)
        assert number is not None
        assert int(number[1], 16) == int(entry.number)
        for text in (by_openssl.text.lower(), by_gnutls.text):
            found = re.findall(r"serial number(?: \(hex\))?: ([0-9a-f]+)", text.lower())
            assert [int(item, 16) for item in found] == [item.serial_number for item in view.entries], entry.name


FUTURE_LIST = "Not verified. The certificate is NOT trusted. The revocation or OCSP data are issued with a future date."
FUTURE_CHAIN = "Not verified. The certificate is NOT trusted. The certificate chain uses not yet valid certificate."


def output(text: str) -> str:
    """What certtool says in the end."""
    said = re.search(r"erification output: (.*)", text)
    assert said is not None, text
    return " ".join(said[1].split())


def test_certtool_has_nothing_against_lists_and_chains_but_that_they_are_of_the_future(
    judged: Judged, tmp_path: Path
) -> None:
    """It cannot be told another time. That it would say more is shown by what it says under the other root."""
    for entry in judged.register.crls:
        for root in ROOTS:
            _, text = outside.certtool_crl_verify(tmp_path, judged.crl(entry), judged.der(root))
            assert (output(text) == FUTURE_LIST) is (root == entry.issuer), text
    for item in judged.register.certificates:
        for root in ROOTS:
            ok, text = outside.certtool_verify(tmp_path, judged.der(item.name), root=judged.der(root))
            assert not ok
            assert (output(text) == FUTURE_CHAIN) is (root == item.issuer), text


@pytest.mark.parametrize("half", [0, 1])
def test_nss_agrees_about_every_certificate_in_the_middle_of_its_life(
    half: int, judged: Judged, tmp_path: Path
) -> None:
    below = [item for item in judged.register.certificates if item.issuer != item.name]
    for item in below[half::2]:
        begin, end = parse_iso(item.not_before), parse_iso(item.not_after)
        moment = min(begin + (end - begin) / 2, NSS_ENDS)
        if item.name == "issuing-2":
            moment = end - DAY  # it was revoked before the middle of its life had come
        if moment < begin:
            assert item.name == "issuing-7"
            continue
        ok, text = outside.nss_verify(
            tmp_path,
            judged.der(item.name),
            root=judged.der(item.issuer),
            crls=[judged.crl(judged.lists_at(moment)[item.issuer])],
            usage="ocsp-responder" if item.profile == "answers" else "any-ca",
            at=moment,
        )
        assert ok is (item.name not in judged.revoked_at(moment)), f"{item.name} at {moment}: {text}"


def test_openssl_reads_every_response_as_the_record_says(judged: Judged, tmp_path: Path) -> None:
    for item in judged.register.responses:
        moment = parse_iso(item.this_update) + DAY
        responder = "answers-1" if moment.year < 2035 else "answers-2"
        path = judged.archive / item.ceremony / "ocsp" / f"{item.name}.ors"
        asked = {
            "certificate": judged.der(item.certificate),
            "issuer": judged.der("root"),
            "others": [judged.der(responder)],
        }
        _, text = outside.openssl_ocsp_respin(tmp_path, path.read_bytes(), **asked, root=judged.der("root"), at=moment)
        assert "Response verify OK" in text, text
        assert re.search(rf"^(certificate\.pem: )?{item.status}$", text, re.MULTILINE), text
        assert ("Reason: keyCompromise" in text) is (item.status == "revoked")
        _, text = outside.openssl_ocsp_respin(
            tmp_path, path.read_bytes(), **asked, root=judged.der("second-root"), at=moment
        )
        assert "Response Verify Failure" in text
