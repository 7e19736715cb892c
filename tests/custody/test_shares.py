"""A PIN that nobody knows: drawn, split, combined by enough holders, and every share proved."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from shamir_mnemonic import Share as Member
from shamir_mnemonic import combine_mnemonics

from ceremony.custody.pins import check_value, draw_pin, has_check_value
from ceremony.custody.shares import ShareLabel, SharesProof, combine, prove_all, split
from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from tests.custody.made import SplitPin, altered, entered, refused, split_pin

NUMBERS = st.integers(2, 16).flatmap(lambda count: st.tuples(st.integers(2, count), st.just(count)))


class TestDrawing:
    def test_a_pin_is_64_hex_digits_of_the_given_octets(self) -> None:
        octets = bytes(range(32))
        assert draw_pin(lambda count: octets[:count]).reveal() == octets.hex()

    @pytest.mark.parametrize(
        "source",
        [
            lambda count: secrets.token_bytes(count - 1),
            lambda count: secrets.token_bytes(count + 1),
            lambda _: b"",
            bytes,
            lambda count: b"\x17\x2a" * (count // 2),
        ],
        ids=["short", "long", "empty", "zeros", "two octets"],
    )
    def test_a_source_that_does_not_work_is_refused(self, source: Callable[[int], bytes]) -> None:
        with refused("PIN-ENTROPY", "No PIN was made."):
            draw_pin(source)

    def test_the_check_value_knows_its_pin_and_no_other(self) -> None:
        pin, other = draw_pin(secrets.token_bytes), draw_pin(secrets.token_bytes)
        assert has_check_value(pin, check_value(pin))
        assert not has_check_value(other, check_value(pin))
        assert len(check_value(pin)) == 8
        assert check_value(pin) not in pin.reveal()

    def test_the_check_value_stays_what_it_is(self) -> None:
        """Records of years hold it: SHA-256 of `ceremony pin check value 1`, a line feed, and the 32 octets."""
        assert check_value(Secret(bytes(range(32)).hex())) == "c6eae291"

    @pytest.mark.parametrize("text", ["123456", "", "AB" * 32, "0g" * 32, "ab" * 33, "ab" * 32 + "\n"])
    def test_a_pin_that_a_person_chose_has_no_check_value_and_no_shares(self, text: str) -> None:
        with refused("PIN-NOT-DRAWN"):
            check_value(Secret(text))
        with refused("PIN-NOT-DRAWN"):
            split(Secret(text), 2, 3)


class TestSplitting:
    @settings(max_examples=40, deadline=None)
    @given(NUMBERS, st.binary(min_size=32, max_size=32), st.randoms())
    def test_any_set_of_the_threshold_gives_the_pin_and_one_share_less_does_not(
        self, numbers: tuple[int, int], octets: bytes, order: random.Random
    ) -> None:
        threshold, count = numbers
        pin = Secret(octets.hex())
        shares = split(pin, threshold, count)
        assert [share.index for share in shares] == list(range(1, count + 1))
        chosen = order.sample(shares, threshold)
        assert combine(chosen, check_value(pin)).matches(pin)
        with refused("SHARE-TOO-FEW", f"{threshold} are needed"):
            combine(chosen[1:], check_value(pin))

    def test_another_program_for_slip_39_joins_them_as_the_card_says(self, three_of_five: SplitPin) -> None:
        octets = combine_mnemonics([share.mnemonic.reveal() for share in three_of_five.shares[1:4]], b"")
        assert octets.hex() == three_of_five.pin.reveal()

    def test_the_header_says_what_a_card_may_say(self, three_of_five: SplitPin) -> None:
        for share in three_of_five.shares:
            member = Member.from_mnemonic(share.mnemonic.reveal())
            assert (member.identifier, member.index + 1) == (share.identifier, share.index)
            assert (member.extendable, member.iteration_exponent) == (False, 1)
            assert (member.group_count, member.group_threshold, member.member_threshold) == (1, 1, 3)

    @pytest.mark.parametrize(
        ("threshold", "count", "said"),
        [
            (1, 1, "the PIN itself"),
            (1, 3, "Each holder alone"),
            (3, 2, "never be brought together"),
            (2, 17, "at most 16"),
            (0, 3, "at least 2"),
            (-1, -1, "at least 2"),
        ],
    )
    def test_what_is_no_split_is_refused(self, threshold: int, count: int, said: str) -> None:
        with refused("SHARES-SPLIT", f"{threshold} of {count}", said):
            split(draw_pin(secrets.token_bytes), threshold, count)

    def test_two_sets_never_have_one_number(self) -> None:
        free = 12345
        shares = split(draw_pin(secrets.token_bytes), 2, 2, apart_from=set(range(1 << 15)) - {free})
        assert {share.identifier for share in shares} == {free}

    def test_a_wiped_share_is_empty_and_said_to_be(self, three_of_five: SplitPin) -> None:
        three_of_five.shares[1].wipe()
        with refused("SHARE-UNREADABLE", "Share 2 can no longer be read."):
            combine(three_of_five.shares, three_of_five.check)


class TestCombining:
    def test_more_shares_than_needed_are_proved_as_well(self, three_of_five: SplitPin) -> None:
        shares = three_of_five.shares
        assert combine(shares, three_of_five.check).matches(three_of_five.pin)
        with refused("SHARE-INCONSISTENT", "does not belong: share 5"):
            combine([*shares[:4], altered(shares[4])], three_of_five.check)

    def test_nothing_is_too_few(self) -> None:
        with refused("SHARE-TOO-FEW", "No share was entered."):
            combine([], "00000000")

    def test_one_share_twice_counts_once(self, three_of_five: SplitPin) -> None:
        first, second, *_ = three_of_five.shares
        with refused("SHARE-TWICE", "Share 1 was entered more than once."):
            combine([first, second, entered(first)], three_of_five.check)

    def test_a_share_of_another_set_is_named(self, three_of_five: SplitPin) -> None:
        stranger = split(draw_pin(secrets.token_bytes), 3, 5, apart_from=[three_of_five.shares[0].identifier])[3]
        with refused("SHARE-SET", f"share 4 is of set {stranger.identifier}"):
            combine([*three_of_five.shares[:2], stranger], three_of_five.check)

    def test_a_share_of_the_same_number_but_another_threshold_is_of_another_set(self, three_of_five: SplitPin) -> None:
        number = three_of_five.shares[0].identifier
        others = split(draw_pin(secrets.token_bytes), 2, 5, apart_from=set(range(1 << 15)) - {number})
        with refused("SHARE-SET"):
            combine([*three_of_five.shares[:3], others[4]], three_of_five.check)

    def test_of_just_enough_shares_it_cannot_be_told_which_is_wrong(self, three_of_five: SplitPin) -> None:
        with refused("SHARE-INCONSISTENT", "cannot be told which"):
            combine([*three_of_five.shares[:2], altered(three_of_five.shares[2])], three_of_five.check)

    def test_shares_of_another_pin_are_refused_by_the_check_value(self, three_of_five: SplitPin) -> None:
        other = split_pin(3, 5)
        with refused("SHARE-CHECK-VALUE", "another PIN than the record's"):
            combine(other.shares[:3], three_of_five.check)

    def test_the_combined_pins_open_a_real_token(self, softhsm: SoftHsmHome) -> None:
        user, so = split_pin(2, 3), split_pin(2, 4)
        module = Module.load("softhsm")
        info = module.initialise("SHARED", combine(so.shares[:2], so.check), user.pin)
        session = module.open(info, combine(user.shares[1:], user.check))
        assert session.token.label == "SHARED"
        session.close()
        with pytest.raises(CeremonyError, match="PIN"):
            module.open(info, so.pin)


class TestProving:
    def test_every_set_is_combined_where_that_is_feasible(self, three_of_five: SplitPin) -> None:
        shares = [entered(share) for share in reversed(three_of_five.shares)]
        assert prove_all(shares, count=5, check=three_of_five.check) == SharesProof(
            shares[0].identifier, 3, 5, sets_possible=10, sets_combined=10, check_value=three_of_five.check
        )

    def test_else_each_share_takes_part_and_the_rest_follows(self) -> None:
        made = split_pin(8, 16)
        proof = prove_all(made.shares, count=16, check=made.check)
        assert (proof.sets_possible, proof.sets_combined) == (12870, 9)

    @pytest.mark.parametrize(("threshold", "count"), [(2, 2), (2, 3), (3, 5), (8, 16), (5, 16), (15, 16)])
    def test_a_wrong_share_is_found_wherever_it_is(self, threshold: int, count: int) -> None:
        made = split_pin(threshold, count)
        for place in {0, threshold - 1, count // 2, count - 1}:
            shares = list(made.shares)
            shares[place] = altered(shares[place])
            said = f"does not belong: share {place + 1}." if count > threshold else "cannot be told"
            with refused("SHARE-INCONSISTENT", said):
                prove_all(shares, count=count, check=made.check)

    def test_several_wrong_shares_are_named_together(self, three_of_five: SplitPin) -> None:
        shares = list(three_of_five.shares)
        shares[0], shares[3] = altered(shares[0]), altered(shares[3])
        with refused("SHARE-INCONSISTENT", "share 1, 4."):
            prove_all(shares, count=5, check=three_of_five.check)

    def test_a_share_that_was_not_entered_is_named(self, three_of_five: SplitPin) -> None:
        with refused("SHARE-MISSING", "Still to be entered: 2, 5."):
            prove_all([three_of_five.shares[place] for place in (0, 2, 3)], count=5, check=three_of_five.check)

    def test_a_share_beyond_the_count_is_named(self, three_of_five: SplitPin) -> None:
        with refused("SHARE-MISSING", "Only 4 shares were made.", "Entered as well: 5."):
            prove_all(three_of_five.shares, count=4, check=three_of_five.check)

    def test_a_share_entered_twice_proves_nothing(self, three_of_five: SplitPin) -> None:
        with refused("SHARE-TWICE"):
            prove_all([*three_of_five.shares[:4], three_of_five.shares[0]], count=5, check=three_of_five.check)

    def test_the_other_pins_shares_do_not_pass_for_these(self, three_of_five: SplitPin) -> None:
        with refused("SHARE-CHECK-VALUE"):
            prove_all(split_pin(3, 5).shares, count=5, check=three_of_five.check)

    def test_the_covering_family_refuses_what_all_sets_refuse(self) -> None:
        """The claim of `prove_all`: whichever share is wrong, one of the covering sets shows it."""
        from ceremony.custody import slip39
        from ceremony.custody.shares import _covering

        made = split_pin(3, 6)
        for place, threshold in itertools.product(range(6), [3]):
            words = [share.mnemonic for share in made.shares]
            words[place] = altered(made.shares[place]).mnemonic
            assert slip39.joined_octets(words, _covering(6, threshold)) is None


class TestLabels:
    def test_a_label_says_everything_but_the_words(self, three_of_five: SplitPin) -> None:
        share = three_of_five.shares[1]
        label = share.label("0001-root", "ROOT", "so-pin", count=5, holder="Siti")
        assert (label.index, label.threshold, label.count, label.identifier) == (2, 3, 5, share.identifier)
        shown = label.model_dump_json() + repr(label)
        assert not any(f" {word} " in shown for word in three_of_five.words(1))

    @pytest.mark.parametrize(
        "change",
        [
            {"index": 6},
            {"index": 0},
            {"threshold": 6},
            {"threshold": 1},
            {"count": 17},
            {"purpose": "pin"},
            {"holder": "a\nb"},
            {"token_label": ""},
            {"identifier": 1 << 15},
            {"words": "academic"},
        ],
    )
    def test_what_no_label_has_is_refused(self, change: dict[str, object]) -> None:
        good: dict[str, object] = {
            "ceremony_id": "0001-root",
            "token_label": "ROOT",
            "purpose": "user-pin",
            "index": 2,
            "threshold": 3,
            "count": 5,
            "holder": "Siti",
            "identifier": 7,
        }
        assert ShareLabel.model_validate(good).index == 2
        with pytest.raises(ValidationError):
            ShareLabel.model_validate(good | change)
