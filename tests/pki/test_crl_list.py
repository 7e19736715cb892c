"""A list of many revocations: each fault at its line, and the fast way of reading gives what the careful one gives."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import CeremonyError, InputError
from ceremony.pki import crl_csv
from ceremony.pki.crl_blocks import BLOCK, entry_blocks
from ceremony.pki.crl_csv import read_revocations
from ceremony.pki.crl_entries import Revoked, entry_octets
from ceremony.policy.rules.crl_view import REASONS

LATEST = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEADER = "serial,revoked_at,reason\n"
GOOD = (
    HEADER + "0a,2026-11-20T08:15:00Z,keyCompromise\nff,2026-11-22T09:00:00Z,\n0100,1999-01-01T00:00:00Z,superseded\n"
)
REASON_WORDS = [word for code, word in REASONS.items() if code != 8] + [""]


def read(text: str | bytes) -> list[Revoked]:
    octets = text if isinstance(text, bytes) else text.encode()
    return list(read_revocations(io.BytesIO(octets), "revoked.csv", LATEST))


def blocks(text: str | bytes) -> bytes:
    octets = text if isinstance(text, bytes) else text.encode()
    return b"".join(block.octets for block in entry_blocks(io.BytesIO(octets), "revoked.csv", LATEST))


def complaints(text: str | bytes) -> list[tuple[str, int | None]]:
    with pytest.raises(InputError) as careful:
        read(text)
    with pytest.raises(InputError) as fast:
        blocks(text)
    assert careful.value.findings == fast.value.findings
    assert all(finding.where and finding.where.file == "revoked.csv" for finding in careful.value.findings)
    return [(each.rule, each.where.line if each.where else None) for each in careful.value.findings]


def test_a_list_is_read_line_by_line() -> None:
    assert read(GOOD) == [
        Revoked(0x0A, datetime(2026, 11, 20, 8, 15, tzinfo=UTC), 1),
        Revoked(0xFF, LATEST, None),
        Revoked(0x100, datetime(1999, 1, 1, tzinfo=UTC), 4),
    ]
    assert blocks(GOOD) == b"".join(map(entry_octets, read(GOOD)))


def test_the_fourth_column_is_the_invalidity_date() -> None:
    text = (
        "serial,revoked_at,reason,invalid_from\n"
        "0a,2026-11-20T08:15:00Z,keyCompromise,2026-11-01T00:00:00Z\n"
        "0b,2026-11-20T08:15:00Z,superseded,\n"
    )
    assert [each.invalid_from for each in read(text)] == [datetime(2026, 11, 1, tzinfo=UTC), None]
    assert blocks(text) == b"".join(map(entry_octets, read(text)))


def test_line_breaks_of_another_system_are_accepted() -> None:
    assert read(GOOD.replace("\n", "\r\n")) == read(GOOD)
    assert blocks(GOOD.replace("\n", "\r\n")) == blocks(GOOD)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("0b,2026-11-20T08:15:00Z", "CRL-CSV"),
        ("0b,2026-11-20T08:15:00Z,superseded,more", "CRL-CSV"),
        ("", "CRL-CSV"),
        ("0B,2026-11-20T08:15:00Z,superseded", "CRL-CSV"),
        ("0x0b,2026-11-20T08:15:00Z,superseded", "CRL-CSV"),
        (" 0b,2026-11-20T08:15:00Z,superseded", "CRL-CSV"),
        (",2026-11-20T08:15:00Z,superseded", "CRL-CSV"),
        ('"0b",2026-11-20T08:15:00Z,superseded', "CRL-CSV"),
        ("00,2026-11-20T08:15:00Z,superseded", "RF-4-ENTRY"),
        ("80" + 19 * "00" + ",2026-11-20T08:15:00Z,superseded", "RF-4-ENTRY"),
        ("0a,2026-11-20T08:15:00Z,superseded", "CRL-ENTRY-TWICE"),
        ("000a,2026-11-20T08:15:00Z,superseded", "CRL-ENTRY-TWICE"),
        ("09,2026-11-20T08:15:00Z,superseded", "CRL-ORDER"),
        ("0b,2026-11-22T09:00:01Z,superseded", "CRL-FUTURE"),
        ("0b,2027-05-12T00:00:00Z,superseded", "CRL-FUTURE"),
        ("0b,2026-02-30T00:00:00Z,superseded", "CRL-CSV"),
        ("0b,2026-11-20 08:15:00,superseded", "CRL-CSV"),
        ("0b,2026-11-20T08:15:00+07:00,superseded", "CRL-CSV"),
        ("0b,2026-11-20T24:00:00Z,superseded", "CRL-CSV"),
        ("0b,1949-12-31T23:59:59Z,superseded", "CRL-CSV"),
        ("0b,2026-11-20T08:15:00Z,Superseded", "RF-4-ENTRY"),
        ("0b,2026-11-20T08:15:00Z,4", "RF-4-ENTRY"),
        ("0b,2026-11-20T08:15:00Z,removeFromCRL", "RF-4-ENTRY"),
        ("0b,2026-11-20T08:15:00Z,super\rseded", "RF-4-ENTRY"),
        ("0b,2026-11-20T08:15:00Z," + 200 * "x", "CRL-CSV"),
        ("0b,2026-11-20T08:15:00Z," + 3 * BLOCK * "x", "CRL-CSV"),
        ("0b,2026-11-20T08:15:00Z,f\xfcr", "RF-4-ENTRY"),
    ],
)
def test_a_fault_is_named_with_its_line(line: str, rule: str) -> None:
    text = f"{HEADER}0a,2026-11-20T08:15:00Z,keyCompromise\n{line}\nff,2026-11-20T08:15:00Z,\n"
    assert complaints(text) == [(rule, 3)]


def test_what_is_shifted_from_one_line_into_the_next_does_not_count_as_two_lines() -> None:
    text = f"{HEADER}0a,2026-11-20T08:15:00Z\nkeyCompromise,0b,2026-11-20T08:15:00Z,superseded\n"
    assert complaints(text) == [("CRL-CSV", 2), ("CRL-CSV", 3)]


def test_an_invalidity_date_after_the_revocation_is_refused() -> None:
    columns = HEADER.replace("\n", ",invalid_from\n")
    assert complaints(f"{columns}0a,2026-11-20T08:15:00Z,keyCompromise,2026-11-21T00:00:00Z\n") == [("CRL-FUTURE", 2)]


def test_every_fault_is_named_and_nothing_is_given_out_after_the_first() -> None:
    lines = [f"{place:02x},2026-11-20T08:15:00Z,{'superseded' if place % 2 else 'lost'}" for place in range(2, 10)]
    text = HEADER + "\n".join(["01,2026-11-20T08:15:00Z,", *lines]) + "\n"
    assert complaints(text) == [("RF-4-ENTRY", line) for line in (3, 5, 7, 9)]
    reading = read_revocations(io.BytesIO(text.encode()), "revoked.csv", LATEST)
    assert next(reading).serial_number == 1
    with pytest.raises(InputError):
        next(reading)


def test_after_twenty_complaints_it_is_enough() -> None:
    text = HEADER + "".join(f"{place:04x},2026-11-20T08:15:00Z,lost\n" for place in range(1, 5000))
    assert len(complaints(text)) == 20


@pytest.mark.parametrize("end", [1, 2, len("superseded\n") + 1, len(",superseded\n")])
def test_a_file_that_was_cut_off_inside_a_line_is_refused(end: int) -> None:
    assert [rule for rule, _ in complaints(GOOD[:-end])] == ["CRL-CSV"]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\n",
        GOOD.partition("\n")[2].encode(),
        HEADER.encode(),
        HEADER[:-1].encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace(",", ";").encode(),
        GOOD.replace("reason", "Reason", 1).encode(),
    ],
)
def test_a_file_of_another_kind_is_refused(octets: bytes) -> None:
    for reader in (read, blocks):
        with pytest.raises(CeremonyError) as caught:
            reader(octets)
        assert caught.value.code == "CRL-CSV"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crl_csv, "LARGEST", len(GOOD) - 1)
    for reader in (read, blocks):
        with pytest.raises(CeremonyError, match="cannot be used") as caught:
            reader(GOOD)
        assert str(len(GOOD)) in caught.value.detail
    monkeypatch.setattr(crl_csv, "LARGEST", len(GOOD))
    assert len(read(GOOD)) == 3


def long_text(count: int, seed: int = 5) -> str:
    dice = random.Random(seed)  # noqa: S311 - numbers for a test
    serials = sorted({dice.getrandbits(dice.choice((63, 120, 127, 128, 159))) + 1 for _ in range(count)})
    lines = []
    for serial in serials:
        moment = LATEST - timedelta(seconds=dice.randrange(300 * 86400))
        digits = f"{serial:x}"
        lines.append(f"{digits.zfill(len(digits) + len(digits) % 2)},{moment:%Y-%m-%dT%H:%M:%SZ},")
        lines[-1] += dice.choice(REASON_WORDS)
    return HEADER + "\n".join(lines) + "\n"


def test_blocks_and_lines_give_the_same_octets_over_many_blocks() -> None:
    text = long_text(6000)
    assert len(text) > 4 * BLOCK
    careful = read(text)
    assert blocks(text) == b"".join(map(entry_octets, careful))
    counts = [block.count for block in entry_blocks(io.BytesIO(text.encode()), "revoked.csv", LATEST)]
    assert sum(counts) == len(careful)
    assert len(counts) > 4


def test_order_is_kept_from_one_block_to_the_next() -> None:
    first, *rest = long_text(6000).splitlines(keepends=True)
    place = next(index for index in range(len(rest)) if sum(map(len, [first, *rest[: index + 1]])) > BLOCK)
    for shift in (-1, 0, 1):
        lines = list(rest)
        lines.insert(place + shift, rest[10])
        assert complaints(first + "".join(lines)) == [("CRL-ORDER", place + shift + 2)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(min_value=1, max_value=2**159 - 1) | st.integers(min_value=1, max_value=300),
            st.datetimes(min_value=datetime(1950, 1, 1), max_value=LATEST.replace(tzinfo=None)),  # noqa: DTZ001 - hypothesis wants it so
            st.sampled_from(REASON_WORDS),
            st.integers(min_value=0, max_value=1),
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[0],
    )
)
def test_blocks_and_lines_give_the_same_octets_for_any_list(rows: list[tuple[int, datetime, str, int]]) -> None:
    lines = [
        f"{'0' * zeros}{serial:x},{moment.replace(microsecond=0).isoformat()}Z,{reason}\n"
        for serial, moment, reason, zeros in sorted(rows)
    ]
    text = HEADER + "".join(lines)
    revoked = read(text)
    assert [each.serial_number for each in revoked] == sorted(row[0] for row in rows)
    assert blocks(text) == b"".join(map(entry_octets, revoked))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_list_with_one_octet_changed_is_judged_alike_by_both(data: st.DataObject) -> None:
    octets = bytearray(long_text(20, seed=1).encode())
    place = data.draw(st.integers(min_value=0, max_value=len(octets) - 1))
    octets[place] = data.draw(st.sampled_from(b"\n\r,09afAZ-:T \x00\xff"))
    try:
        careful: bytes | str = b"".join(map(entry_octets, read(bytes(octets))))
    except CeremonyError as error:
        careful = str(error)
    try:
        fast: bytes | str = blocks(bytes(octets))
    except CeremonyError as error:
        fast = str(error)
    assert careful == fast
