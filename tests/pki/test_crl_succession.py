"""From one CRL to the next: kept octet for octet, added, replaced, expired; and never twice."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import Revoked, entries_of, entry_octets
from ceremony.pki.crl_succession import Fate, Succession, counted, expired_on, merge, ordered, succession

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FOLDER = SHARED / "fixtures" / "crl"
PUBLISHED = sorted(FOLDER.glob("dss-*.crl")) if FOLDER.is_dir() else []
EARLIER = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def list_of(*entries: bytes) -> bytes:
    """A TBSCertList around entries."""
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        bytes.fromhex("300a06082a8648ce3d040303"),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji")]).public_bytes(),
        der.encode(der.UTC_TIME, b"260501000000Z"),
        der.encode(der.UTC_TIME, b"270501000000Z"),
        der.encode(der.SEQUENCE, *entries) if entries else b"",
    )


def old(serial: int, reason: int | None = 4, invalid_from: datetime | None = None) -> bytes:
    return entry_octets(Revoked(serial, EARLIER, reason, invalid_from))


def new(serial: int, reason: int | None = 4) -> Revoked:
    return Revoked(serial, NOW, reason)


def never(_: int) -> bool:
    return False


def refusal(previous: bytes | None, *revocations: Revoked) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        succession(previous, revocations, never, NOW)
    assert caught.value.not_done == "No CRL was made."
    return caught.value


def test_the_first_list_has_what_is_revoked_in_order_of_serial_numbers() -> None:
    made = succession(None, [new(300), new(2), new(0x80)], never, NOW)
    assert made == Succession(tuple(entry_octets(new(each)) for each in (2, 0x80, 300)), (), (2, 0x80, 300), (), ())


def test_entries_of_the_previous_list_stay_octet_for_octet_and_new_ones_come_between() -> None:
    # An entry that this program would not write so: GeneralizedTime before 2050, a critical reason, an issuer's name.
    strange = der.encode(
        der.SEQUENCE,
        der.encode_integer(5),
        der.encode(der.GENERALIZED_TIME, b"20260501000000Z"),
        bytes.fromhex("300f300d0603551d150101ff04030a0101"),
    )
    made = succession(list_of(old(3), strange, old(900)), [new(1), new(4), new(1000)], never, NOW)
    assert made.entries == (
        entry_octets(new(1)),
        old(3),
        entry_octets(new(4)),
        strange,
        old(900),
        entry_octets(new(1000)),
    )
    assert (made.kept, made.added, made.replaced, made.expired) == ((3, 5, 900), (1, 4, 1000), (), ())


@pytest.mark.parametrize(
    ("not_after", "leaves"),
    [
        (EARLIER - timedelta(seconds=1), True),
        (EARLIER, False),
        (EARLIER + timedelta(days=30), False),
        (None, False),
    ],
)
def test_an_entry_leaves_only_after_it_stood_on_a_list_issued_past_its_expiry(
    not_after: datetime | None, leaves: bool
) -> None:
    known = {} if not_after is None else {7: not_after}
    made = succession(list_of(old(6), old(7)), [new(9)], expired_on(known, EARLIER), NOW)
    assert made.expired == ((7,) if leaves else ())
    assert made.kept == ((6,) if leaves else (6, 7))
    assert (old(7) in made.entries) is not leaves


def test_what_is_revoked_already_is_refused() -> None:
    error = refusal(list_of(old(3), old(7, 5)), new(7))
    assert error.code == "CRL-ENTRY-TWICE"
    assert "7: It is on the previous CRL already: cessationOfOperation." in error.detail


def test_the_same_serial_number_twice_in_one_step_is_refused() -> None:
    assert refusal(None, new(7), new(7, 1)).code == "CRL-ENTRY-TWICE"


@pytest.mark.parametrize("reason", [1, 4, 6])
def test_a_hold_is_neither_ended_nor_changed(reason: int) -> None:
    error = refusal(list_of(old(7, 6)), Revoked(7, EARLIER, reason))
    assert error.code == "CRL-ENTRY-TWICE"
    assert "on hold" in error.detail


def test_a_reason_can_become_key_compromise_from_the_same_date_on() -> None:
    change = Revoked(7, EARLIER, 1)
    made = succession(list_of(old(3), old(7, 4), old(9, None)), [change, Revoked(9, EARLIER, 1)], never, NOW)
    assert made.entries == (old(3), entry_octets(change), old(9, 1))
    assert (made.kept, made.added, made.replaced) == ((3,), (), (7, 9))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Revoked(7, NOW, 1), "only with the revocation date that it has"),
        (Revoked(7, EARLIER, 5), "already: superseded"),
        (Revoked(7, EARLIER, None), "already: superseded"),
    ],
)
def test_no_other_change_of_an_entry_is_made(change: Revoked, words: str) -> None:
    assert words in refusal(list_of(old(7, 4)), change).detail


def test_a_change_does_not_lose_the_invalidity_date() -> None:
    lost = EARLIER - timedelta(days=9)
    previous = list_of(old(7, 4, lost))
    assert "would lose" in refusal(previous, Revoked(7, EARLIER, 1)).detail
    made = succession(previous, [Revoked(7, EARLIER, 1, lost)], never, NOW)
    assert made.entries == (old(7, 1, lost),)


def test_a_revocation_in_the_future_is_refused() -> None:
    error = refusal(list_of(old(3)), Revoked(7, NOW + timedelta(seconds=1), 4))
    assert error.code == "CRL-FUTURE"
    assert succession(None, [Revoked(7, NOW, 4)], never, NOW).added == (7,)


def test_a_list_out_of_order_is_put_in_order_first() -> None:
    made = succession(list_of(old(900), old(3), old(0x80)), [new(5)], never, NOW)
    assert made.entries == (old(3), entry_octets(new(5)), old(0x80), old(900))


def test_a_previous_list_that_names_a_certificate_twice_or_is_none_is_refused() -> None:
    for previous in (list_of(old(3), old(3, 1)), list_of(old(9), old(3), old(9)), b"\x30\x00", list_of(old(3))[:-1]):
        assert refusal(previous).code == "CRL-PREVIOUS"


def test_an_entry_that_cannot_be_read_is_kept_but_not_changed() -> None:
    for rest in (b"\x17", der.encode(der.SEQUENCE, b""), b"\x17\x01\x30" + bytes.fromhex("30020500")):
        broken = der.encode(der.SEQUENCE, der.encode_integer(7), rest)
        assert succession(list_of(broken), [], never, NOW).entries == (broken,)
        assert refusal(list_of(broken), Revoked(7, EARLIER, 1)).code in {"CRL-PREVIOUS", "CRL-ENTRY-TWICE"}


def test_merging_refuses_what_does_not_come_in_order() -> None:
    for previous, revocations in (([(5, old(5)), (3, old(3))], []), ([], [new(5), new(3)])):
        with pytest.raises(CeremonyError) as caught:
            list(merge(previous, revocations, never, NOW))
        assert caught.value.code == "CRL-ORDER"


def test_merging_holds_no_more_than_one_entry_of_each_list() -> None:
    asked = []

    def previous() -> object:
        for serial in range(1, 2000, 2):
            asked.append(serial)
            yield serial, old(serial)

    counts: Counter[Fate] = Counter()
    stream = counted(merge(previous(), (new(serial) for serial in range(2, 2000, 2)), never, NOW), counts)  # type: ignore[arg-type]
    assert next(stream) == old(1)
    assert asked == [1]
    assert sum(1 for _ in stream) == 1998
    assert counts == {"kept": 1000, "added": 999}


@pytest.mark.skipif(not PUBLISHED, reason="no published CRLs beside this project (CEREMONY_SHARED)")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_a_published_list_can_be_continued_without_losing_an_octet(path: Path) -> None:
    octets = path.read_bytes()
    before = dict(entries_of(octets))
    free = next(serial for serial in range(1, 10**6) if serial not in before)
    made = succession(octets, [new(free)], never, NOW)
    assert made.kept == tuple(sorted(before))
    assert made.added == (free,)
    assert dict(entries_of(list_of(*made.entries))) == before | {free: entry_octets(new(free))}
    for serial in list(before)[:1]:
        assert refusal(octets, new(serial)).code == "CRL-ENTRY-TWICE"


SERIALS = st.sets(st.integers(min_value=1, max_value=400) | st.integers(min_value=1, max_value=2**159 - 1), max_size=30)


@settings(max_examples=200, deadline=None)
@given(SERIALS, SERIALS, SERIALS, st.randoms())
def test_the_next_list_is_the_last_one_and_the_new_less_the_expired(
    before: set[int], added: set[int], gone: set[int], dice: object
) -> None:
    shuffled = sorted(before)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    wanted = added - before
    made = succession(list_of(*map(old, shuffled)), map(new, wanted), gone.__contains__, NOW)
    serials = [serial for serial, _ in entries_of(list_of(*made.entries))]
    assert serials == sorted((before - gone) | wanted)
    assert (set(made.kept), set(made.added), set(made.expired)) == (before - gone, wanted, before & gone)
    assert list(ordered(list_of(*map(old, shuffled)))) == [(serial, old(serial)) for serial in sorted(before)]
