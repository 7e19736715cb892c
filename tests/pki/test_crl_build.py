"""A CRL from profile, holes and entries: openssl, GnuTLS, our rules and pkilint judge it; peers' faults are seen."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl import CrlHoles, UpdatePeriod, assemble_crl, build_crl, crl_frame, update_period
from ceremony.pki.crl_entries import Revoked, entries_of, entry_octets
from ceremony.pki.crl_succession import expired_on, succession
from ceremony.pki.crl_view import crl_view
from ceremony.pki.judge_crl import judge_crl
from ceremony.pki.lint_crl import lint_crl
from ceremony.pki.signatures import dummy_signature, verify_signature
from ceremony.pki.tbs import certificate_parts, split_tbs
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.rules.crl_view import Intended
from ceremony.policy.status import CrlProfile, UpdateCycle

DUE_DATES = {"BR-R1-DUE", "BR-R9"}
"""Notices that say until when the next list is due; a clean list of CAs has them and nothing else."""

URL = "http://pki.uji.example.com/root.crl"


def profile_of(*more: dict[str, Any], **changes: Any) -> CrlProfile:
    data = {
        "scope": "ca",
        "issuer": "root",
        "signature": "ecdsa-sha384",
        "cycle": {"lifetime": "365d", "renew": "30d"},
        "extensions": [{"type": "authority-key-identifier"}, {"type": "crl-number"}, *more],
        **changes,
    }
    return CrlProfile.model_validate_json(json.dumps(data))


def holes_of(root: Any, clock: datetime, number: int = 1, **changes: Any) -> CrlHoles:
    parts = split_tbs(certificate_parts(root.der)[0])
    identifier = parts.extension("2.5.29.14")
    assert identifier is not None
    period = update_period(profile_of().cycle, clock)
    holes = CrlHoles(
        issuer_name=parts.subject,
        issuer_spki=parts.spki,
        issuer_key_identifier=identifier.value[2:],
        issuer_issuer_and_serial=(parts.issuer, parts.serial_number),
        number=number,
        base_number=None,
        this_update=period.this_update,
        next_update=period.next_update,
    )
    return replace(holes, **changes)


def signed(kit: Any, tbs: ToBeSigned) -> bytes:
    return assemble_crl(tbs, kit.sign(kit.key, tbs))


@pytest.fixture
def root(kit: Any) -> Any:
    return kit.root()


@pytest.fixture
def sub(kit: Any, root: Any) -> Any:
    return kit.intermediate(root, serial_number=0x6B6B_0102_0304_0506_0708_090A_0B0C_0D0E)


@pytest.fixture
def revoked(kit: Any, sub: Any) -> Revoked:
    return Revoked(sub.holes.serial_number, kit.clock, 4)


def files(folder: Path, root: Any, sub: Any, crl: bytes) -> dict[str, str]:
    paths = {name: str(folder / name) for name in ("root.pem", "sub.pem", "list.crl", "list.pem")}
    for name, octets in (("root.pem", root.der), ("sub.pem", sub.der)):
        Path(paths[name]).write_bytes(x509.load_der_x509_certificate(octets).public_bytes(serialization_pem()))
    Path(paths["list.crl"]).write_bytes(crl)
    Path(paths["list.pem"]).write_bytes(x509.load_der_x509_crl(crl).public_bytes(serialization_pem()))
    return paths


def serialization_pem() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.PEM


def test_openssl_reads_what_the_profile_and_the_revocation_say_and_verifies_it(
    kit: Any, root: Any, sub: Any, revoked: Revoked, tmp_path: Path, openssl: Any
) -> None:
    crl = signed(kit, build_crl(profile_of(), holes_of(root, kit.clock, 7), [entry_octets(revoked)]))
    place = files(tmp_path, root, sub, crl)
    said = openssl("crl", "-inform", "DER", "-in", place["list.crl"], "-noout", "-text", "-CAfile", place["root.pem"])
    assert "verify OK" in said
    assert "Version 2 (0x1)" in said
    assert "Last Update: Nov 22 09:30:15 2026 GMT" in said
    assert "Next Update: Nov 22 09:30:14 2027 GMT" in said
    assert f"Serial Number: {revoked.serial_number:X}" in said
    assert "Revocation Date: Nov 22 09:30:15 2026 GMT" in said
    assert "Superseded" in said
    assert (
        openssl("crl", "-inform", "DER", "-in", place["list.crl"], "-noout", "-crlnumber").strip() == "crlNumber=0x07"
    )


@pytest.mark.parametrize("is_revoked", [False, True])
def test_openssl_takes_a_certificate_for_revoked_where_the_list_names_it(
    kit: Any, root: Any, sub: Any, revoked: Revoked, tmp_path: Path, is_revoked: bool
) -> None:
    entries = [entry_octets(revoked)] if is_revoked else []
    place = files(tmp_path, root, sub, signed(kit, build_crl(profile_of(), holes_of(root, kit.clock), entries)))
    moment = str(int(kit.clock.timestamp()) + 60)
    trusted = ["-CAfile", place["root.pem"], "-CRLfile", place["list.pem"]]
    done = subprocess.run(
        ["openssl", "verify", "-crl_check", "-attime", moment, *trusted, place["sub.pem"]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is not is_revoked
    assert ("certificate revoked" in done.stderr) is is_revoked


@pytest.mark.skipif(shutil.which("certtool") is None, reason="needs certtool (gnutls-bin)")
def test_gnutls_reads_it_too(kit: Any, root: Any, revoked: Revoked) -> None:
    crl = signed(kit, build_crl(profile_of(), holes_of(root, kit.clock, 7), [entry_octets(revoked)]))
    said = subprocess.run(
        ["certtool", "--crl-info", "--inder"], input=crl, capture_output=True, check=True
    ).stdout.decode()
    assert "Revoked certificates (1)" in said
    assert f"Serial Number (hex): {revoked.serial_number:x}" in said
    assert "CRL Number (not critical): 07" in said


def test_a_fresh_crl_is_clean_under_the_rules_and_the_linter(kit: Any, root: Any, sub: Any, revoked: Revoked) -> None:
    tbs = build_crl(profile_of(), holes_of(root, kit.clock), [entry_octets(revoked)])
    lintable = assemble_crl(tbs, dummy_signature(tbs.algorithm, root.holes.spki))
    assert rules(judged(kit, root, sub, lintable, intended=[intended(revoked)])) == DUE_DATES
    assert not lint_crl(lintable, "ca", "list")


def test_an_empty_crl_has_no_list_and_is_clean(kit: Any, root: Any, sub: Any) -> None:
    crl = signed(kit, build_crl(profile_of(), holes_of(root, kit.clock), []))
    assert not crl_view(crl).list_present
    assert rules(judged(kit, root, sub, crl, intended=[])) == DUE_DATES
    assert not lint_crl(crl, "ca", "list")


def test_a_partitioned_list_of_subscribers_is_clean(kit: Any, root: Any, sub: Any) -> None:
    point = {"type": "issuing-distribution-point", "urls": [URL, "http://b.example.com/1"], "only": "user"}
    profile = profile_of(point, scope="subscriber", cycle={"lifetime": "10d", "renew": "3d"})
    period = update_period(profile.cycle, kit.clock)
    crl = signed(kit, build_crl(profile, holes_of(root, kit.clock, next_update=period.next_update), []))
    view = crl_view(crl)
    assert view.point is not None
    assert [name.text for name in view.point.full_name] == [URL, "http://b.example.com/1"]
    assert (view.point.only_users, view.point.only_cas, view.irregularities) == (True, False, ())
    assert rules(judged(kit, root, sub, crl, scope="subscriber", issued=[], intended=[])) == {"BR-R9"}
    assert not lint_crl(crl, "subscriber", "list")


def intended(revoked: Revoked) -> Intended:
    return Intended(revoked.serial_number, revoked.reason, revoked.revoked_at)


def judged(kit: Any, root: Any, sub: Any, crl: bytes, **more: Any) -> tuple[Any, ...]:
    arguments: dict[str, Any] = {
        "packs": ("rfc5280", "cabf-tls-br"),
        "name": "list",
        "clock": kit.clock,
        "issuer_certificate": root.der,
        "scope": "ca",
        "issued": [("root", root.der), ("sub", sub.der)],
    }
    return judge_crl(crl, **{**arguments, **more})


def rules(findings: tuple[Any, ...]) -> set[str]:
    return {finding.rule for finding in findings}


def test_a_reason_that_was_dropped_on_the_way_is_seen(kit: Any, root: Any, sub: Any, revoked: Revoked) -> None:
    holes = holes_of(root, kit.clock)
    dropped = build_crl(profile_of(), holes, [entry_octets(replace(revoked, reason=None))]).octets
    assert "CRL-REASON-LOST" in rules(judged(kit, root, sub, dropped, intended=[intended(revoked)]))
    kept = build_crl(profile_of(), holes, [entry_octets(revoked)]).octets
    assert "CRL-REASON-LOST" not in rules(judged(kit, root, sub, kept, intended=[intended(revoked)]))


@pytest.mark.parametrize(("number", "fault"), [(6, True), (7, True), (8, False)])
def test_a_number_that_was_used_is_seen(kit: Any, root: Any, sub: Any, number: int, fault: bool) -> None:
    before = signed(kit, build_crl(profile_of(), holes_of(root, kit.clock - timedelta(days=90), 7), []))
    crl = build_crl(profile_of(), holes_of(root, kit.clock, number), []).octets
    assert ("CRL-NUMBER" in rules(judged(kit, root, sub, crl, previous=before))) is fault


@pytest.mark.parametrize("lost", [True, False])
def test_an_entry_that_was_lost_is_seen(kit: Any, root: Any, sub: Any, revoked: Revoked, lost: bool) -> None:
    earlier = kit.clock - timedelta(days=90)
    entry = entry_octets(replace(revoked, revoked_at=earlier))
    before = signed(kit, build_crl(profile_of(), holes_of(root, earlier, 7), [entry]))
    never = expired_on({}, earlier)
    kept = () if lost else succession(before, [], never, kit.clock).entries
    crl = build_crl(profile_of(), holes_of(root, kit.clock, 8), kept).octets
    assert ("CRL-LOST" in rules(judged(kit, root, sub, crl, previous=before))) is lost


@pytest.mark.parametrize(("ahead", "fault"), [(timedelta(days=171), True), (timedelta(0), False)])
def test_a_revocation_in_the_future_is_seen(
    kit: Any, root: Any, sub: Any, revoked: Revoked, ahead: timedelta, fault: bool
) -> None:
    entry = entry_octets(replace(revoked, revoked_at=kit.clock + ahead))
    crl = build_crl(profile_of(), holes_of(root, kit.clock), [entry]).octets
    assert ("CRL-FUTURE" in rules(judged(kit, root, sub, crl))) is fault


def test_extensions_stand_in_the_order_of_the_profile(kit: Any, root: Any) -> None:
    raw = {"type": "raw", "oid": "1.3.6.1.4.1.99999.1", "critical": False, "der": "0500"}
    freshest = {"type": "freshest-crl", "urls": ["http://pki.uji.example.com/delta.crl"]}
    for more in ([raw, freshest], [freshest, raw]):
        view = crl_view(build_crl(profile_of(*more), holes_of(root, kit.clock), []).octets)
        wanted = {"raw": "1.3.6.1.4.1.99999.1", "freshest-crl": "2.5.29.46"}
        assert [each.oid for each in view.extensions[2:]] == [wanted[str(each["type"])] for each in more]
        assert view.irregularities == ()


def test_a_delta_crl_names_its_base_and_openssl_reads_it(kit: Any, root: Any, revoked: Revoked, openssl: Any) -> None:
    profile = profile_of({"type": "delta-crl-indicator"}, delta_of="full")
    crl = signed(kit, build_crl(profile, holes_of(root, kit.clock, 8, base_number=5), [entry_octets(revoked)]))
    view = crl_view(crl)
    assert (view.number, view.delta_base) == (8, 5)
    said = openssl("crl", "-inform", "DER", "-noout", "-text", given=crl)
    assert "X509v3 Delta CRL Indicator: critical" in said


def test_the_issuer_and_serial_number_of_the_key_can_be_named(kit: Any, root: Any) -> None:
    named = {"type": "authority-key-identifier", "key_identifier": "issuer", "issuer_and_serial": "issuer"}
    profile = profile_of(extensions=[named, {"type": "crl-number"}])
    view = crl_view(build_crl(profile, holes_of(root, kit.clock), []).octets)
    assert view.authority_issuer_and_serial
    with pytest.raises(CeremonyError, match="cannot be encoded"):
        build_crl(profile, holes_of(root, kit.clock, issuer_issuer_and_serial=None), [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": -1}, "CRL-NUMBER"),
        ({"number": 2**159}, "CRL-NUMBER"),
        ({"base_number": 0}, "CRL-NUMBER"),
        ({"issuer_key_identifier": None}, "CERT-ENCODE"),
        ({"issuer_name": b"\x30\x00"}, "CERT-NAME"),
        ({"issuer_name": b"\x30\x05\x31"}, "CERT-NAME"),
        ({"next_update": datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)}, "RF-4"),
        ({"this_update": datetime(1949, 1, 1, tzinfo=UTC)}, "RF-4-TIME"),
        ({"this_update": datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)}, "RF-4-TIME"),
    ],
)
def test_holes_that_no_crl_can_carry_are_refused(kit: Any, root: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(CeremonyError) as caught:
        build_crl(profile_of(), holes_of(root, kit.clock, **changes), [])
    assert caught.value.code == code
    assert caught.value.not_done


@pytest.mark.parametrize("number", [0, 1, 127, 128, 2**159 - 1])
def test_numbers_up_to_twenty_octets_are_written(kit: Any, root: Any, number: int) -> None:
    view = crl_view(build_crl(profile_of(), holes_of(root, kit.clock, number), []).octets)
    assert (view.number, view.irregularities) == (number, ())


@pytest.mark.parametrize(("base", "fine"), [(None, False), (8, False), (9, False), (-1, False), (0, True), (7, True)])
def test_a_delta_crl_needs_an_earlier_base(kit: Any, root: Any, base: int | None, fine: bool) -> None:
    profile = profile_of({"type": "delta-crl-indicator"}, delta_of="full")
    holes = holes_of(root, kit.clock, 8, base_number=base)
    if fine:
        assert crl_view(build_crl(profile, holes, []).octets).delta_base == base
        return
    with pytest.raises(CeremonyError) as caught:
        build_crl(profile, holes, [])
    assert caught.value.code == "CRL-NUMBER"


def test_a_signature_that_the_key_cannot_make_is_refused(kit: Any, root: Any) -> None:
    with pytest.raises(CeremonyError) as caught:
        build_crl(profile_of(signature="sha256-rsa"), holes_of(root, kit.clock), [])
    assert caught.value.code == "BR-A4"


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        ("rsa-2048", "sha256-rsa"),
        ("rsa-2048", "sha384-rsa-pss"),
        ("p-256", "ecdsa-sha256"),
        ("p-521", "ecdsa-sha512"),
        ("ed25519", "ed25519"),
        ("ml-dsa-44", "ml-dsa-44"),
    ],
)
def test_inner_and_outer_algorithm_are_one_for_every_kind_of_key(
    kit: Any, root: Any, revoked: Revoked, key: Any, signature: Any
) -> None:
    private = kit.new_key(key)
    holes = holes_of(root, kit.clock, issuer_spki=kit.spki_of(private))
    tbs = build_crl(profile_of(signature=signature), holes, [entry_octets(revoked)])
    made = kit.sign(private, tbs)
    verify_signature(tbs, made, holes.issuer_spki)
    crl = assemble_crl(tbs, made)
    view = crl_view(crl)
    assert view.signature_algorithm_der == view.outer_algorithm_der
    assert x509.load_der_x509_crl(crl).is_signature_valid(private.public_key())


def test_a_signature_is_put_beside_a_crl_of_its_own_algorithm_only(kit: Any, root: Any) -> None:
    tbs = build_crl(profile_of(), holes_of(root, kit.clock), [])
    for other, code in (
        (replace(tbs, algorithm="ecdsa-sha256"), "BR-A6"),
        (replace(tbs, octets=root.tbs.octets), "RF-4"),
        (replace(tbs, octets=tbs.octets[:-1]), "RF-4"),
        (replace(tbs, octets=der.encode(der.SEQUENCE)), "RF-4"),
    ):
        with pytest.raises(CeremonyError) as caught:
            assemble_crl(other, b"")
        assert caught.value.code == code


def test_equal_input_gives_equal_bytes_and_the_frame_fits_around_any_number_of_entries(
    kit: Any, root: Any, revoked: Revoked
) -> None:
    holes = holes_of(root, kit.clock)
    for count in (0, 1, 3, 10, 200):
        entries = [entry_octets(replace(revoked, serial_number=place)) for place in range(1, count + 1)]
        one, other = (build_crl(profile_of(), holes, iter(entries)) for _ in range(2))
        head, tail = crl_frame(profile_of(), holes).around(len(b"".join(entries)))
        assert one == other
        assert one.octets == head + b"".join(entries) + tail
        assert [octets for _, octets in entries_of(one.octets)] == entries
        assert len(crl_view(one.octets).entries) == count


def cycle(lifetime: str, renew: str, margin: str | None = None) -> UpdateCycle:
    return UpdateCycle(lifetime=lifetime, renew=renew, margin=margin)


CLOCK = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("given", "length", "renewal"),
    [
        (cycle("365d", "30d"), timedelta(days=365) - SECOND, timedelta(days=30)),
        (cycle("365d", "30d", "5d"), timedelta(days=360) - SECOND, timedelta(days=30)),
        (cycle("36h", "12h", "1h"), timedelta(hours=35) - SECOND, timedelta(hours=12)),
    ],
)
def test_a_period_counted_with_both_its_ends_is_the_lifetime_less_the_margin(
    given: UpdateCycle, length: timedelta, renewal: timedelta
) -> None:
    end = CLOCK + length
    assert update_period(given, CLOCK.replace(microsecond=999999)) == UpdatePeriod(CLOCK, end, end - renewal)


@pytest.mark.parametrize(
    "given",
    [cycle("10d", "10d"), cycle("10d", "11d"), cycle("10d", "4d", "6d"), cycle("10d", "1h", "10d"), cycle("1h", "1h")],
)
def test_a_cycle_without_time_to_renew_is_refused(given: UpdateCycle) -> None:
    with pytest.raises(CeremonyError) as caught:
        update_period(given, CLOCK)
    assert caught.value.code == "CRL-CYCLE"


def test_a_cycle_with_the_least_time_to_renew_is_accepted() -> None:
    assert update_period(cycle("2h", "1h"), CLOCK).renew_by == CLOCK + timedelta(hours=1) - SECOND


def test_a_cycle_past_the_end_of_time_is_refused_and_a_clock_without_a_zone_is_a_fault() -> None:
    with pytest.raises(CeremonyError, match="9999"):
        update_period(cycle("365d", "30d"), datetime(9999, 6, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="time zone"):
        update_period(cycle("365d", "30d"), CLOCK.replace(tzinfo=None))
