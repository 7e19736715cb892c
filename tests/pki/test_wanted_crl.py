"""What policy and plan want of a CRL against what its bytes say: equal for what was built, unequal for every change."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl import build_crl
from ceremony.pki.crl_entries import Revoked, entries_of, entry_octets
from ceremony.pki.crl_holes import CrlHoles
from ceremony.pki.crl_succession import succession
from ceremony.pki.describe_crl import describe_crl
from ceremony.pki.notation_crl import LISTED
from ceremony.pki.wanted import ABSENT, compare
from ceremony.pki.wanted_crl import wanted_crl_fields
from ceremony.pki.wanted_crl_entries import kept_entries
from ceremony.policy.rules.crl_view import EntryView
from ceremony.policy.status import CrlProfile

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FOLDER = SHARED / "fixtures" / "crl"
NO_CRL = {"pyca-crl_invalid_time.der", "pyca-freshestcrl.pem"}  # `crl_view` reads neither
READABLE = [path for path in sorted(FOLDER.glob("*")) if path.name not in NO_CRL]

CLOCK = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
DAY = timedelta(days=1)
NAME = der.encode(
    0x30, der.encode(0x31, der.encode(0x30, bytes.fromhex("0603550403"), der.encode(0x0C, b"Uji Root P1")))
)
OTHER_NAME = NAME.replace(b"P1", b"P2")
POINT = {"full_name": [{"type": "uri", "value": "http://a/"}, {"type": "dns", "value": "a"}]}
NEW = (
    Revoked(0x05, CLOCK - DAY, 1, CLOCK - 30 * DAY),
    Revoked(0x80, CLOCK - DAY),
    Revoked(2**126, CLOCK - DAY, 0),
    Revoked(2**126 + 1, datetime(2051, 1, 1, tzinfo=UTC), 4),
)


def profile_data(**changes: Any) -> dict[str, Any]:
    return {
        "scope": "ca",
        "issuer": "root",
        "signature": "ecdsa-sha384",
        "cycle": {"lifetime": "365d", "renew": "30d"},
        "extensions": [{"type": "authority-key-identifier"}, {"type": "crl-number"}],
    } | changes


def profile_of(**changes: Any) -> CrlProfile:
    return CrlProfile.model_validate_json(json.dumps(profile_data(**changes)))


def with_extension(row: dict[str, Any]) -> CrlProfile:
    kept = [each for each in profile_data()["extensions"] if each["type"] != row["type"]]
    delta = "base" if row["type"] == "delta-crl-indicator" else None
    return profile_of(extensions=[*kept, row], delta_of=delta)


@dataclass(frozen=True)
class Made:
    """A CRL with everything that it was made from."""

    profile: CrlProfile
    holes: CrlHoles
    entries: tuple[Revoked, ...]
    kept: tuple[EntryView, ...]
    octets: bytes

    def unequal(self, **wanted: Any) -> list[str]:
        """The names of the rows that differ between what was built and what is wanted after a change."""
        profile, entries = wanted.pop("profile", self.profile), wanted.pop("entries", self.entries)
        kept = wanted.pop("kept", self.kept)
        fields = wanted_crl_fields(profile, replace(self.holes, **wanted), entries, kept=kept)
        return [row.name for row in compare(fields, describe_crl(self.octets)) if not row.equal]


def views(previous: bytes) -> tuple[EntryView, ...]:
    return kept_entries(previous, {serial for serial, _ in entries_of(previous)})


def make(
    kit: Any,
    profile: CrlProfile | None = None,
    entries: Iterable[Revoked] = (),
    previous: bytes | None = None,
    **changes: Any,
) -> Made:
    profile = profile or profile_of()
    holes = CrlHoles(
        issuer_name=NAME,
        issuer_spki=kit.spki_of(kit.key),
        issuer_key_identifier=bytes(range(20)),
        issuer_issuer_and_serial=(OTHER_NAME, 0x80),
        number=300,
        base_number=None if profile.delta_of is None else 298,
        this_update=CLOCK,
        next_update=CLOCK + 365 * DAY - timedelta(seconds=1),
    )
    holes = replace(holes, **changes)
    entries = tuple(entries)
    rows = [(each.serial_number, entry_octets(each)) for each in entries]
    kept = () if previous is None else views(previous)
    rows += [] if previous is None else [(serial, bytes(octets)) for serial, octets in entries_of(previous)]
    to_be_signed = build_crl(profile, holes, [octets for _, octets in sorted(rows)])
    return Made(profile, holes, entries, kept, to_be_signed.octets)


def name_of(revoked: Revoked) -> str:
    size = (revoked.serial_number.bit_length() + 7) // 8
    return f"Revoked {revoked.serial_number.to_bytes(size, 'big').hex(':').upper()}"


def list_of(kit: Any, *rows: bytes) -> bytes:
    """A CRL of these entries, as another program may have written it."""
    made = make(kit)
    return build_crl(made.profile, made.holes, rows).octets


def octets_of(path: Path) -> bytes:
    octets = path.read_bytes()
    pem = re.search(rb"-----BEGIN [^-]*-----(.*?)-----END", octets, re.DOTALL)
    return base64.b64decode(pem[1]) if pem else octets


class TestOneDifference:
    """Each difference between plan and bytes is a row of its own."""

    def test_none(self, kit: Any) -> None:
        assert make(kit).unequal() == []
        assert make(kit, entries=NEW).unequal() == []

    def test_the_fields_have_the_words_of_the_notation(self, kit: Any) -> None:
        made = make(kit, entries=NEW)
        assert wanted_crl_fields(made.profile, made.holes, made.entries) == (
            ("Version", "2"),
            ("Signature algorithm", "ecdsa-sha384"),
            ("Issuer CN", "Uji Root P1 (utf8)"),
            ("This update", "2026-11-22T09:30:15Z"),
            ("Next update", "2027-11-22T09:30:14Z"),
            ("Period", "365 days"),
            ("Revoked certificates", "4"),
            ("Revoked 05", "2026-11-21T09:30:15Z; keyCompromise; invalid from 2026-10-23T09:30:15Z"),
            ("Revoked 80", "2026-11-21T09:30:15Z"),
            ("Revoked 40:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00", "2026-11-21T09:30:15Z"),
            ("Revoked 40:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01", "2051-01-01T00:00:00Z; superseded"),
            (
                "Authority key identifier",
                "not critical; 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13",
            ),
            ("CRL number", "not critical; 300"),
        )

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            ({"issuer_name": OTHER_NAME}, ["Issuer CN"]),
            ({"issuer_key_identifier": bytes(20)}, ["Authority key identifier"]),
            ({"number": 301}, ["CRL number"]),
            ({"this_update": CLOCK - DAY}, ["This update", "Period"]),
            ({"next_update": CLOCK + DAY}, ["Next update", "Period"]),
        ],
    )
    def test_in_a_hole(self, kit: Any, change: dict[str, Any], rows: list[str]) -> None:
        assert make(kit, entries=NEW).unequal(**change) == rows

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            ({"serial_number": 0x06}, {"Revoked 05", "Revoked 06"}),
            ({"revoked_at": CLOCK}, {"Revoked 05"}),
            ({"reason": 4}, {"Revoked 05"}),
            ({"reason": None}, {"Revoked 05"}),
            ({"invalid_from": CLOCK}, {"Revoked 05"}),
            ({"invalid_from": None}, {"Revoked 05"}),
        ],
    )
    def test_in_an_entry(self, kit: Any, change: dict[str, Any], rows: set[str]) -> None:
        assert set(make(kit, entries=NEW).unequal(entries=(replace(NEW[0], **change), *NEW[1:]))) == rows

    def test_an_entry_too_few_or_too_many(self, kit: Any) -> None:
        fewer, more = make(kit, entries=NEW[1:]), make(kit, entries=NEW)
        assert fewer.unequal(entries=NEW) == ["Revoked certificates", "Revoked 05"]
        assert more.unequal(entries=NEW[1:]) == ["Revoked certificates", "Revoked 05"]
        rows = compare(wanted_crl_fields(fewer.profile, fewer.holes, NEW), describe_crl(fewer.octets))
        assert [(row.wanted[:20], row.found) for row in rows if row.name == "Revoked 05"] == [
            ("2026-11-21T09:30:15Z", ABSENT)
        ]
        assert make(kit).unequal(entries=NEW[:1]) == ["Revoked certificates", "Revoked 05"]

    def test_entries_that_stand_in_another_order(self, kit: Any) -> None:
        made = make(kit)
        octets = [entry_octets(each) for each in reversed(NEW)]
        turned = replace(made, octets=build_crl(made.profile, made.holes, octets).octets)
        assert turned.unequal(entries=NEW) != []

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            ({"signature": "ecdsa-sha256"}, {"Signature algorithm"}),
            ({"extensions": [{"type": "crl-number"}]}, {"Authority key identifier"}),
            (
                {"extensions": [{"type": "crl-number"}, {"type": "authority-key-identifier"}]},
                {"Authority key identifier", "CRL number"},
            ),
        ],
    )
    def test_in_the_profile(self, kit: Any, change: dict[str, Any], rows: set[str]) -> None:
        unequal = set(make(kit, entries=NEW).unequal(profile=profile_of(**change)))
        assert unequal
        assert unequal <= rows


class TestEachExtension:
    @pytest.mark.parametrize(
        ("title", "row", "other"),
        [
            ("Authority key identifier", {"key_identifier": "01"}, {"key_identifier": "02"}),
            ("Authority key identifier", {"key_identifier": "none"}, {"key_identifier": "issuer"}),
            ("Authority key identifier", {"issuer_and_serial": "issuer"}, {"issuer_and_serial": "none"}),
            (
                "Authority key identifier",
                {"issuer_and_serial": {"issuer": [{"type": "dns", "value": "a"}], "serial": "01"}},
                {"issuer_and_serial": {"issuer": [{"type": "dns", "value": "a"}], "serial": "0100"}},
            ),
            ("Authority key identifier", {"critical": True}, {"critical": False}),
            ("Issuing distribution point", {"urls": ["http://a/"]}, {"urls": ["http://b/"]}),
            ("Issuing distribution point", {"urls": ["http://a/", "http://b/"]}, {"urls": ["http://a/"]}),
            ("Issuing distribution point", {"only": "ca"}, {"only": "user"}),
            ("Issuing distribution point", {"urls": ["http://a/b, uri c"], "only": "user"}, {"urls": ["http://a/b"]}),
            ("Freshest CRL", {"urls": ["http://a/"]}, {"urls": ["http://b/"]}),
            ("Freshest CRL", {"points": [POINT]}, {"points": [POINT | {"reasons": ["superseded"]}]}),
            ("Freshest CRL", {"urls": ["http://a/"], "critical": True}, {"urls": ["http://a/"]}),
            (
                "Extension 2.5.29.60",
                {"oid": "2.5.29.60", "critical": False, "der": "0500"},
                {"oid": "2.5.29.60", "critical": False, "der": "0101ff"},
            ),
            (
                "Issuing distribution point",
                {"oid": "2.5.29.28", "critical": True, "der": "30038501ff"},
                {"oid": "2.5.29.28", "critical": True, "der": "30038401ff"},
            ),
            (
                "Issuer alternative name",
                {"oid": "2.5.29.18", "critical": False, "der": "3003820161"},
                {"oid": "2.5.29.18", "critical": False, "der": "3003820162"},
            ),
        ],
    )
    def test_one_change_is_seen_there_alone(
        self, kit: Any, title: str, row: dict[str, Any], other: dict[str, Any]
    ) -> None:
        kind = "raw" if "der" in row else title.lower().replace(" ", "-")
        made = make(kit, with_extension({"type": kind} | row), entries=NEW)
        assert made.unequal() == []
        assert made.unequal(profile=with_extension({"type": kind} | other)) == [title]

    def test_the_number_of_the_base_crl(self, kit: Any) -> None:
        made = make(kit, with_extension({"type": "delta-crl-indicator"}), entries=NEW)
        assert made.unequal() == []
        assert dict(describe_crl(made.octets))["Delta CRL indicator"] == "critical; base 298"
        assert made.unequal(base_number=299) == ["Delta CRL indicator"]

    def test_who_issued_the_issuer(self, kit: Any) -> None:
        row = {"type": "authority-key-identifier", "key_identifier": "none", "issuer_and_serial": "issuer"}
        made = make(kit, with_extension(row))
        words = 'not critical; issuer (directory (CN="Uji Root P2" utf8)); serial number 80'
        assert dict(describe_crl(made.octets))["Authority key identifier"] == words
        assert made.unequal(issuer_issuer_and_serial=(OTHER_NAME, 0x81)) == ["Authority key identifier"]
        assert made.unequal(issuer_issuer_and_serial=(NAME, 0x80)) == ["Authority key identifier"]
        assert made.unequal(issuer_issuer_and_serial=None) == ["Authority key identifier"]


class TestKept:
    """What stays of a previous CRL, whoever wrote it, is worded from what rules see of it."""

    @pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
    def test_every_published_list_goes_on_unchanged(self, kit: Any, path: Path) -> None:
        made = make(kit, previous=octets_of(path))
        assert made.unequal() == []
        if made.kept:
            assert made.unequal(kept=made.kept[:-1]) != []

    def test_it_is_merged_with_what_is_new(self, kit: Any) -> None:
        before = make(kit, entries=NEW[::2])
        made = make(kit, entries=NEW[1::2], previous=before.octets)
        assert [name for name, _ in describe_crl(made.octets) if name.startswith("Revoked")][1:] == [
            name_of(each) for each in NEW
        ]
        assert made.unequal() == []
        assert made.unequal(kept=()) == ["Revoked certificates", "Revoked 05", name_of(NEW[2])]

    def test_what_is_added_replaced_and_expired_is_what_the_succession_says(self, kit: Any) -> None:
        before = make(kit, entries=[Revoked(serial, CLOCK - DAY, 4) for serial in (3, 5, 7, 9)])
        revocations = (Revoked(8, CLOCK, 1), Revoked(5, CLOCK - DAY, 1), Revoked(2, CLOCK))
        said = succession(before.octets, revocations, {7}.__contains__, CLOCK)
        octets = build_crl(before.profile, before.holes, said.entries).octets
        made = replace(before, entries=revocations, kept=kept_entries(before.octets, said.kept), octets=octets)
        assert made.unequal() == []
        assert made.unequal(kept=kept_entries(before.octets, {3, 7, 9})) == ["Revoked certificates", "Revoked 07"]

    @pytest.mark.parametrize(
        "change",
        [
            {"revoked_at": CLOCK},
            {"revoked_at_form": "generalized"},
            {"serial_content": b"\x00\x84", "serial_number": 0x84},
            {"extensions": ()},
        ],
    )
    @pytest.mark.parametrize("place", [1, LISTED + 1])
    def test_each_difference_is_seen_in_the_list_and_after_it(
        self, kit: Any, change: dict[str, Any], place: int
    ) -> None:
        if "serial_number" in change and place > 1:
            change = {"serial_content": b"\x7f\xff\xff", "serial_number": 0x7FFFFF}
        before = make(kit, entries=[Revoked(0x82 + 3 * each, CLOCK - DAY, 1) for each in range(LISTED + 2)])
        made = make(kit, previous=before.octets)
        assert made.unequal() == []
        kept = list(made.kept)
        kept[place] = replace(kept[place], **change)
        unequal = made.unequal(kept=kept)
        assert unequal
        assert ("Further revoked" in unequal) == (place > LISTED)

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ("300a0603551d1504030a0107", "reason 7"),
            ("300d0603551d150101ff04030a0101", "keyCompromise (critical)"),
            ("300a0603551d150403020101", "extension 2.5.29.21 octets 020101"),
            ("300a0603551d1504030a01ff", "extension 2.5.29.21 octets 0A01FF"),
            ("30180603551d180411180f32303236313130313030303030305a", "invalid from 2026-11-01T00:00:00Z"),
            (
                "30180603551d180411180f32303236313330313030303030305a",
                "extension 2.5.29.24 octets 180F32303236313330313030303030305A",
            ),
            ("30110603551d1d0101ff040730058203614062", "certificate issuer (dns a@b) (critical)"),
            ("300f0603551d1d0101ff040530038201e9", "extension 2.5.29.29 octets 30038201E9 (critical)"),
            ("300b0603551d1d0101ff040130", "extension 2.5.29.29 octets 30 (critical)"),
            ("300906022a0304030a0105", "extension 1.2.3 octets 0A0105"),
        ],
    )
    def test_both_sides_have_the_same_words_for_an_extension(self, kit: Any, rows: str, said: str) -> None:
        extensions = der.encode(der.SEQUENCE, bytes.fromhex(rows))
        row = der.encode(der.SEQUENCE, der.encode_integer(5), der.encode(0x17, b"261122000000Z"), extensions)
        made = make(kit, previous=list_of(kit, row))
        assert dict(describe_crl(made.octets))["Revoked 05"] == f"2026-11-22T00:00:00Z; {said}"
        assert made.unequal() == []

    def test_a_serial_number_below_zero_is_called_so(self, kit: Any) -> None:
        row = der.encode(der.SEQUENCE, b"\2\1\xff", der.encode(der.UTC_TIME, b"261122000000Z"))
        made = make(kit, previous=list_of(kit, row))
        assert dict(describe_crl(made.octets))["Revoked negative, octets FF"] == "2026-11-22T00:00:00Z"
        assert made.unequal() == []

    @pytest.mark.parametrize("date", [b"\x17\r261122000000Z", b"\x18\x0f20261122000000Z", b"\x18\x0f20510101000000Z"])
    @pytest.mark.parametrize("critical", [b"", b"\1\1\xff"])
    def test_those_after_the_limit_keep_their_octets(self, kit: Any, date: bytes, critical: bytes) -> None:
        reason = der.encode(der.SEQUENCE, bytes.fromhex("0603551d15"), critical, bytes.fromhex("04030a0101"))
        rows = [
            der.encode(der.SEQUENCE, der.encode_integer(place), date, der.encode(der.SEQUENCE, reason))
            for place in range(1, LISTED + 3)
        ]
        made = make(kit, previous=list_of(kit, *rows))
        assert "Further revoked" in dict(describe_crl(made.octets))
        assert made.unequal() == []


class TestLongLists:
    def test_what_is_not_written_out_is_compared_too(self, kit: Any) -> None:
        new = [Revoked(place + 1, CLOCK - DAY * (place % 50), place % 7, None) for place in range(LISTED + 20)]
        new.append(Revoked(2**80, datetime(2050, 1, 1, tzinfo=UTC), 1, datetime(2049, 1, 1, tzinfo=UTC)))
        made = make(kit, entries=new)
        assert made.unequal() == []
        for change in ({"reason": 9}, {"revoked_at": CLOCK}, {"serial_number": 2**81}, {"invalid_from": CLOCK}):
            assert made.unequal(entries=[*new[:-1], replace(new[-1], **change)]) == ["Further revoked"]
        assert made.unequal(entries=new[:-1]) == ["Revoked certificates", "Further revoked"]

    def test_both_sides_are_read_once_and_need_not_be_in_memory(self, kit: Any) -> None:
        new = [Revoked(2 * place + 1, CLOCK, 1) for place in range(LISTED)]
        before = make(kit, entries=[replace(each, serial_number=each.serial_number + 1) for each in new])
        made = make(kit, entries=new, previous=before.octets)
        assert made.unequal(entries=iter(new), kept=iter(made.kept)) == []

    def test_a_hundred_thousand_take_no_time(self, kit: Any) -> None:
        new = [Revoked(2**126 + place, CLOCK - timedelta(seconds=place), 1) for place in range(100_000)]
        made = make(kit, entries=new)
        begun = time.process_time()
        assert made.unequal() == []
        assert time.process_time() - begun < 10


class TestOrder:
    def test_lists_may_come_in_any_order(self, kit: Any) -> None:
        before = make(kit, entries=NEW[::2])
        made = make(kit, entries=NEW[1::2], previous=before.octets)
        assert made.unequal(entries=made.entries[::-1], kept=made.kept[::-1]) == []

    @pytest.mark.parametrize("entries", [iter(NEW[::-1]), (NEW[0], NEW[0]), iter((NEW[0], NEW[0]))])
    def test_an_iterator_that_does_not_ascend_and_one_that_stands_twice_are_refused(
        self, kit: Any, entries: Iterable[Revoked]
    ) -> None:
        made = make(kit)
        with pytest.raises(CeremonyError) as refused:
            wanted_crl_fields(made.profile, made.holes, entries)
        assert refused.value.code == "CRL-ORDER"

    def test_an_entry_that_is_kept_and_new_is_refused(self, kit: Any) -> None:
        made = make(kit, entries=NEW)
        with pytest.raises(CeremonyError) as refused:
            made.unequal(kept=views(made.octets)[:1])
        assert refused.value.code == "CRL-ORDER"
        assert "5 comes after 5" in refused.value.detail


class TestKeptEntries:
    def test_they_are_those_asked_for_in_order(self, kit: Any) -> None:
        previous = make(kit, entries=NEW).octets
        found = kept_entries(previous, {0x80, 0x05, 0x77})
        assert [entry.serial_number for entry in found] == [0x05, 0x80]
        assert found[0].reason == 1

    def test_what_is_no_crl_is_refused(self, kit: Any) -> None:
        with pytest.raises(CeremonyError) as refused:
            kept_entries(kit.root().der, {1})
        assert refused.value.code == "CRL-PREVIOUS"
