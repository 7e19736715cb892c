"""The rules about CRLs: for each, what it accepts and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from importlib import import_module
from typing import Any

import builder
import crl_builder
import pytest
from builder import CLOCK, DAY, LEAF, OTHER_ROOT, RESPONDER, ROOT, SECOND, TLS, general, seq
from crl_builder import FIRST, REVOKED, SCENES, SECOND_DAY, CrlScene, Entry, crl_of, idp

from ceremony.errors import Finding, Severity
from ceremony.pki import der
from ceremony.policy.rules import crl_facts, facts
from ceremony.policy.rules.crl_view import Intended
from ceremony.policy.rules.packs import BY_KIND, all_rules, pack, rule

PACKS: tuple[Any, ...] = ("rfc5280", "cabf-tls-br", "mozilla", "ccadb")
PREVIOUS = crl_builder.SECOND
Change = Callable[[CrlScene], CrlScene]
AKI, NUMBER, IDP, DELTA = facts.AUTHORITY_KEY_IDENTIFIER, crl_facts.CRL_NUMBER, crl_facts.ISSUING_POINT, crl_facts.DELTA
ADDRESS = "http://pki.uji.example.com/root.crl"
FLAG = {
    word: der.encode(tag, b"\xff") for word, tag in (("users", 0x81), ("cas", 0x82), ("indirect", 0x84), ("aa", 0x85))
}


def scene(**changes: Any) -> Change:
    return lambda old: replace(old, **changes)


def crl(**changes: Any) -> Change:
    return lambda old: replace(old, crl=replace(old.crl, **changes))


def put(kind: str, value: bytes, critical: bool = False) -> Change:
    return lambda old: replace(old, crl=old.crl.put(kind, value, critical))


def drop(kind: str) -> Change:
    return lambda old: replace(old, crl=old.crl.drop(kind))


def number(value: int) -> Change:
    return put(NUMBER, der.encode_integer(value))


def entry(**changes: Any) -> Change:
    """Change the first entry."""
    return lambda old: replace(
        old, crl=replace(old.crl, entries=(replace(old.crl.entries[0], **changes), *old.crl.entries[1:]))
    )


def also(*entries: Entry) -> Change:
    return lambda old: replace(old, crl=replace(old.crl, entries=(*old.crl.entries, *entries)))


def previous(**changes: Any) -> Change:
    def changed(old: CrlScene) -> CrlScene:
        assert old.previous is not None
        return replace(old, previous=replace(old.previous, **changes))

    return changed


def issuer(change: Callable[[builder.Cert], builder.Cert]) -> Change:
    def changed(old: CrlScene) -> CrlScene:
        assert old.issuer is not None
        return replace(old, issuer=change(old.issuer))

    return changed


def without_crl_sign(cert: builder.Cert) -> builder.Cert:
    return cert.put(facts.KEY_USAGE, builder.usage("keyCertSign"))


def update(day: datetime, lasts: timedelta = 365 * DAY) -> Change:
    return crl(this_update=day, next_update=day + lasts)


@dataclass(frozen=True)
class Case:
    """For one rule: a good scene, changes after which the rule refuses it, and changes after which it still accepts."""

    rule: str
    base: str
    refuses: tuple[Change, ...]
    accepts: tuple[Change, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.why}".strip()

    def judged(self, changes: tuple[Change, ...]) -> tuple[Finding, ...]:
        made = reduce(lambda old, change: change(old), changes, SCENES[self.base])
        return rule(self.rule).judge(made.subject())


LEAP = datetime(2027, 3, 1, tzinfo=UTC)
AFTER_TLS = TLS.not_after + DAY
HELD = replace(PREVIOUS, entries=(replace(REVOKED, reason=6),))
EXPIRED = crl_of(ROOT, 2, AFTER_TLS, REVOKED)
NAMED_BY = (crl_facts.CERTIFICATE_ISSUER, True, seq(general("directory", builder.OTHER_NAME)))

CASES = (
    Case("RF-4", "first", (crl(version=b""),), why="is v1"),
    Case("RF-4", "first", (crl(version=b"\x02\x01\x00"),), why="says v1"),
    Case("RF-4", "first", (crl(next_update=None),), why="has no nextUpdate"),
    Case("RF-4", "first", (crl(next_update=FIRST.this_update),), why="ends when it begins"),
    Case("RF-4", "first", (drop(AKI),), why="has no authority key identifier"),
    Case("RF-4", "first", (put(AKI, b"\x30\x00"),), why="has one without the key"),
    Case("RF-4", "first", (drop(NUMBER),), why="has no number"),
    Case("RF-4", "first", (number(-1),), why="has a negative number"),
    Case("RF-4", "first", (number(2**159),), (number(2**159 - 1),), why="has a number of 21 octets"),
    Case("RF-4", "first", (crl(empty_list=True),), why="has an empty list"),
    Case("RF-4", "first", (put(NUMBER, b"\x02\x01\x02", True),), why="has a critical number"),
    Case("RF-4", "first", (put(IDP, idp(ADDRESS)),), (put(IDP, idp(ADDRESS), True),), why="has a harmless IDP"),
    Case("RF-4", "first", (crl(extensions=FIRST.extensions * 2),), why="says all twice"),
    Case("RF-4", "first", (put(NUMBER, b"\x02\x02\x00\x01"),), why="is not DER"),
    Case("RF-4", "second", (entry(serial=b"\x00\x01"),), why="has an entry that is not DER"),
    Case("RF-4", "first", (crl(issuer=seq()),), why="has no issuer"),
    Case("RF-4-TIME", "first", (crl(forms=("generalized", "rule")),), why="writes thisUpdate wrongly"),
    Case("RF-4-TIME", "first", (crl(forms=("rule", "generalized")),), why="writes nextUpdate wrongly"),
    Case("RF-4-TIME", "second", (entry(form="generalized"),), why="writes a revocation date wrongly"),
    Case(
        "RF-4-TIME",
        "second",
        (entry(more=((crl_facts.INVALIDITY_DATE, False, builder.time(CLOCK, "utc")),)),),
        (entry(more=((crl_facts.INVALIDITY_DATE, False, builder.time(CLOCK, "generalized")),)),),
        why="writes an invalidity date wrongly",
    ),
    Case("RF-4-ENTRY", "second", (entry(reason=7),), why="has a reason that does not exist"),
    Case(
        "RF-4-ENTRY",
        "second",
        (entry(reason=8),),
        (entry(reason=8), put(DELTA, b"\x02\x01\x01", True)),
        why="removes in a complete CRL",
    ),
    Case("RF-4-ENTRY", "second", (entry(critical=True),), why="has a critical reason"),
    Case("RF-4-ENTRY", "second", (entry(serial=0),), why="has the serial number zero"),
    Case("RF-4-ENTRY", "second", (entry(serial=2**159),), why="has a serial number of 21 octets"),
    Case(
        "RF-4-ENTRY",
        "second",
        (entry(more=((crl_facts.REASON_CODE, False, b"\x0a\x01\x04"),)),),
        why="gives the reason twice",
    ),
    Case("RF-4-SHOULD", "second", (entry(reason=0),), (entry(reason=None),), why="writes unspecified"),
    Case("RF-4-IDP", "first", (put(IDP, idp(), True),), (put(IDP, idp(ADDRESS), True),), why="is empty"),
    Case(
        "RF-4-IDP",
        "first",
        (put(IDP, idp(ADDRESS, more=FLAG["users"] + FLAG["cas"]), True),),
        (put(IDP, idp(ADDRESS, more=FLAG["cas"]), True),),
        why="is for users only and for CAs only",
    ),
    Case("RF-4-IDP", "first", (put(IDP, idp("http:///root.crl"), True),), why="names no host"),
    Case("CRL-SIGNATURE", "first", (scene(outer=builder.SHA256_RSA),), why="differs outside"),
    Case("CRL-SIGNATURE", "first", (crl(signature=builder.SHA1_RSA), scene(outer=b"")), why="uses SHA-1"),
    Case("CRL-SIGNATURE", "first", (crl(signature=builder.SHA256_RSA), scene(outer=b"")), why="is RSA by an EC key"),
    Case(
        "CRL-SIGNATURE",
        "first",
        (crl(signature=bytes.fromhex("300d06092a864886f70d0101040500")), scene(outer=b"")),
        (crl(signature=bytes.fromhex("300a06082a8648ce3d040302")), scene(outer=b"")),
        why="uses MD5",
    ),
    Case("CRL-ISSUER", "first", (scene(issuer=None),), why="knows no issuer"),
    Case("CRL-ISSUER", "first", (crl(issuer=builder.OTHER_NAME),), why="names another"),
    Case("CRL-ISSUER", "first", (put(AKI, builder.authority(bytes(20))),), why="names another key"),
    Case("CRL-ISSUER", "first", (issuer(without_crl_sign),), why="issuer may not sign CRLs"),
    Case("CRL-ISSUER", "second", (previous(issuer=builder.OTHER_NAME),), why="follows another's"),
    Case("CRL-ISSUER", "second", (scene(previous=FIRST.put(AKI, builder.authority(bytes(20)))),), why="follows a key"),
    Case("CRL-NUMBER", "second", (number(1),), (number(7),), why="has the number of the previous one"),
    Case("CRL-NUMBER", "second", (number(0),), why="goes back"),
    Case("CRL-CLOCK", "first", (scene(clock=FIRST.this_update - SECOND),), why="begins in the future"),
    Case("CRL-CLOCK", "second", (update(FIRST.this_update),), why="begins when the previous one did"),
    Case(
        "CRL-FUTURE",
        "second",
        (entry(revoked_at=SECOND_DAY + SECOND),),
        (entry(revoked_at=SECOND_DAY),),
        why="one second late",
    ),
    Case(
        "CRL-BEFORE", "second", (entry(revoked_at=CLOCK - SECOND),), (entry(revoked_at=CLOCK),), why="one second early"
    ),
    Case(
        "CRL-DUPLICATE", "second", (also(REVOKED),), (also(Entry(RESPONDER.serial, SECOND_DAY)),), why="says it twice"
    ),
    Case("CRL-FOREIGN", "second", (entry(serial=LEAF.serial),), why="is of another issuer"),
    Case("CRL-FOREIGN", "second", (entry(serial=99),), (entry(serial=99), scene(issued=None)), why="was never issued"),
    Case(
        "CRL-FOREIGN",
        "second",
        (also(Entry(98, CLOCK)),),
        (also(Entry(98, CLOCK)), previous(entries=(Entry(98, CLOCK),))),
    ),
    Case("CRL-FOREIGN", "second", (entry(more=(NAMED_BY,)), scene(issued=None)), why="says that another issued it"),
    Case("CRL-REASON-LOST", "second", (entry(reason=None),), why="drops the reason"),
    Case("CRL-REASON-LOST", "second", (entry(reason=5),), why="gives another"),
    Case(
        "CRL-REASON-LOST",
        "second",
        (scene(intended=(Intended(TLS.serial, 1, REVOKED.revoked_at),)),),
        (scene(intended=(Intended(TLS.serial, 0, REVOKED.revoked_at),)), entry(reason=None)),
        why="was asked for another",
    ),
    Case("CRL-PLAN", "second", (crl(entries=()),), why="forgets one"),
    Case("CRL-PLAN", "second", (also(Entry(RESPONDER.serial, SECOND_DAY)),), why="adds one"),
    Case("CRL-PLAN", "second", (entry(revoked_at=SECOND_DAY),), (scene(intended=None),), why="changes a date"),
    Case("CRL-LOST", "third", (crl(entries=()),), why="drops a valid one"),
    Case("CRL-LOST", "third", (crl(entries=()), scene(issued=None)), why="drops an unknown one"),
    Case(
        "CRL-LOST",
        "third",
        (crl(entries=()), update(AFTER_TLS)),
        (crl(entries=()), scene(previous=EXPIRED), update(AFTER_TLS + DAY)),
        why="drops an expired one that no later CRL named",
    ),
    Case("CRL-LOST", "third", (crl(entries=()),), (crl(entries=()), scene(previous=HELD)), why="drops one not on hold"),
    Case("CRL-LOST", "third", (crl(entries=()),), (crl(entries=()), put(DELTA, b"\2\1\2", True)), why="is complete"),
    Case("CRL-CHANGED", "third", (entry(reason=1),), why="gives another reason"),
    Case("CRL-CHANGED", "third", (entry(revoked_at=CLOCK),), why="gives another date"),
    Case(
        "CRL-GAP",
        "second",
        (previous(next_update=SECOND_DAY - SECOND),),
        (previous(next_update=SECOND_DAY),),
        why="one second late",
    ),
    Case("CRL-GAP", "second", (crl(next_update=SECOND_DAY + DAY),), why="ends before the previous one"),
    Case(
        "CRL-BEYOND",
        "first",
        (issuer(lambda cert: replace(cert, not_after=FIRST.this_update + 364 * DAY)),),
        (issuer(lambda cert: replace(cert, not_after=FIRST.this_update + 365 * DAY)),),
        why="outlives its issuer",
    ),
    Case("CRL-EXPIRED", "first", (update(CLOCK - SECOND),), why="begins before its issuer"),
    Case("BR-R1", "second", (update(FIRST.this_update + 366 * DAY),), why="comes after more than twelve months"),
    Case("BR-R1", "second", (entry(revoked_at=SECOND_DAY - DAY - SECOND),), why="comes 24 hours and a second late"),
    Case("BR-R1-DUE", "first", (), (scene(scope="subscriber"),), why="(it says the day)"),
    Case("BR-R9", "first", (), (issuer(lambda cert: cert.drop(facts.BASIC_CONSTRAINTS)),), why="(it says the day)"),
    Case(
        "BR-R9",
        "first",
        (),
        (issuer(lambda cert: replace(cert, not_after=CLOCK)), scene(issued=())),
        why="(unless all has ended)",
    ),
    Case("BR-R2", "first", (update(CLOCK + DAY + SECOND),), (update(CLOCK + DAY),), why="comes a second too late"),
    Case("BR-R3", "first", (update(CLOCK, 365 * DAY + SECOND),), (update(CLOCK),), why="lasts a second too long"),
    Case("BR-R3", "first", (update(LEAP, 366 * DAY + SECOND),), (update(LEAP, 366 * DAY),), why="over 29 February too"),
    Case("BR-R3", "subscriber", (update(CLOCK, 10 * DAY + SECOND),), (update(CLOCK, 10 * DAY),), why="of subscribers"),
    Case("BR-R3", "first", (crl(next_update=None),), why="does not end"),
    Case("BR-R3", "first", (crl(version=b""),), why="is v1"),
    Case("BR-R3-SHOULD", "first", (update(LEAP, 366 * DAY),), (update(LEAP),), why="lasts a leap year"),
    Case("BR-R4", "first", (drop(AKI),), why="has no authority key identifier"),
    Case("BR-R4", "first", (drop(NUMBER),), why="has no number"),
    Case("BR-R4", "first", (put(NUMBER, b"\x02\x01\x01", True),), why="has a critical number"),
    Case("BR-R4", "first", (number(2**159),), (number(2**159 - 1),), why="has too great a number"),
    Case("BR-R4", "first", (number(-1),), (number(0),), why="has a negative number"),
    Case("BR-R4", "second", (number(1),), (number(2),), why="has a number used already"),
    Case("BR-R4", "first", (put(AKI, builder.authority(builder.identifier(ROOT.spki), with_serial=True)),), why="AKI"),
    Case("BR-R4-SHOULD", "first", (put(DELTA, b"\x02\x01\x01", True),), why="is a delta CRL"),
    Case(
        "BR-R4-SHOULD",
        "second",
        (entry(more=((crl_facts.INVALIDITY_DATE, False, builder.time(CLOCK, "generalized")),)),),
        why="has an invalidity date",
    ),
    Case("BR-R5", "first", (put(IDP, idp(ADDRESS)),), (put(IDP, idp(ADDRESS), True),), why="is not critical"),
    Case("BR-R5", "first", (put(IDP, idp(ADDRESS.upper()), True),), why="has an address of other octets"),
    Case("BR-R5", "first", (put(IDP, idp(more=FLAG["cas"]), True),), why="has no address"),
    Case("BR-R5", "first", (put(IDP, idp(ADDRESS, names=general("dns", "x.example")), True),), why="has a DNS name"),
    Case("BR-R5", "first", (put(IDP, idp(ADDRESS, more=FLAG["aa"]), True),), why="is of attribute certificates"),
    Case("BR-R5", "first", (put(IDP, idp(ADDRESS, more=FLAG["users"] + FLAG["cas"]), True),), why="is of both"),
    Case("BR-R5-SHOULD", "first", (put(IDP, idp(ADDRESS), True),), why="is complete and has one"),
    Case("BR-R6", "second", (entry(reason=None),), why="gives none for a CA"),
    Case(
        "BR-R6",
        "second",
        (entry(serial=RESPONDER.serial, reason=0),),
        (entry(serial=RESPONDER.serial, reason=None),),
        why="writes unspecified",
    ),
    Case("BR-R6", "second", (entry(reason=6),), why="is on hold"),
    Case("BR-R6", "second", (entry(reason=10),), why="is outside the table"),
    Case("BR-R6", "subscriber", (entry(reason=2),), (entry(reason=1),), why="cACompromise of a subscriber"),
    Case("BR-R6", "second", (entry(critical=True),), why="has a critical reason"),
    Case(
        "BR-R6",
        "second",
        (entry(serial=RESPONDER.serial, reason=2),),
        (entry(reason=2),),
        why="cACompromise of what is no CA",
    ),
    Case("BR-R6-SHOULD", "second", (entry(reason=2),), (entry(reason=1),), why="cACompromise"),
    Case("BR-R7", "second", (entry(serial=b"\0" + TLS.serial.to_bytes(16, "big")),), why="has a zero octet too many"),
    Case("BR-R7", "third", (crl(entries=()),), why="drops a valid one"),
    Case("BR-R7", "third", (crl(entries=()), scene(previous=HELD)), why="drops one on hold"),
    Case("BR-R7", "first", (crl(empty_list=True),), why="has an empty list"),
    Case("BR-R8", "first", (put(IDP, idp(ADDRESS, more=FLAG["indirect"]), True),), why="says that it is"),
    Case("BR-R8", "second", (entry(more=(NAMED_BY,)),), why="has an entry of another issuer"),
    Case("BR-A4-CRL", "first", (crl(signature=bytes.fromhex("300a06082a8648ce3d040302")),), why="SHA-256 on P-384"),
    Case("BR-A4-CRL", "first", (crl(signature=bytes.fromhex("300c06082a8648ce3d0403030500")),), why="a NULL"),
    Case("BR-A5-CRL", "first", (crl(signature=builder.SHA1_RSA),), why="uses SHA-1"),
    Case("BR-A6-CRL", "first", (scene(outer=builder.SHA256_RSA),), (scene(outer=b""),), why="differs outside"),
    Case("MZ-2-CRL", "second", (also(REVOKED),), why="says it twice"),
    Case("MZ-2-CRL", "first", (put(NUMBER, b"\x02\x02\x00\x01"),), why="is not DER"),
    Case("MZ-2-CRL", "first", (put(IDP, idp(ADDRESS)),), (put(IDP, idp(ADDRESS), True),), why="is not critical"),
    Case("CC-3", "second", (entry(reason=None),), (entry(serial=RESPONDER.serial, reason=None),), why="gives none"),
    Case("CC-4", "first", (put(IDP, idp(more=FLAG["cas"]), True),), (put(IDP, idp(ADDRESS), True),), why="no address"),
    Case("CC-4-SHOULD", "first", (put(IDP, idp(ADDRESS), True),), why="is complete"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_accepts_the_good_and_refuses_the_bad(case: Case) -> None:
    assert case.judged(case.accepts) == ()
    assert {finding.rule for finding in case.judged(case.refuses)} == {case.rule}


def test_every_rule_has_its_cases() -> None:
    assert {rule.id for name in PACKS for rule in pack(name, "crl")} == {case.rule for case in CASES}


def test_no_rule_from_memory_alone_blocks() -> None:
    rules = [rule for name in PACKS for rule in pack(name, "crl")]
    assert [rule.id for rule in rules if rule.source.read == "memory" and rule.severity.blocks] == []


@pytest.mark.parametrize("base", SCENES)
def test_a_good_crl_in_its_place_has_no_findings_but_the_day_of_the_next(base: str) -> None:
    found = [finding for name in PACKS for rule in pack(name, "crl") for finding in rule.judge(SCENES[base].subject())]
    assert {finding.rule for finding in found} <= {"BR-R1-DUE", "BR-R9"}
    assert {finding.severity for finding in found} <= {Severity.NOTICE}


def test_the_day_of_the_next_crl_is_said() -> None:
    (finding,) = rule("BR-R1-DUE").judge(SCENES["first"].subject())
    assert "2027-11-22T10:00:00Z" in finding.message


def test_crls_go_on_until_the_last_certificate_over_the_key_ends_or_is_revoked() -> None:
    cross = builder.under(OTHER_ROOT, ROOT.subject, ROOT.spki, 2**126 + 25, *builder.IS_CA)
    longer = replace(cross, not_after=ROOT.not_after + 365 * DAY)
    crossed = replace(SCENES["first"], issued=(*crl_builder.ISSUED, ("root by root-2", longer))).subject()
    (finding,) = rule("BR-R9").judge(crossed)
    assert facts.moment(longer.not_after) in finding.message
    gone = tuple(replace(known, revoked=known.name == "root by root-2") for known in crossed.issued or ())
    (finding,) = rule("BR-R9").judge(replace(crossed, issued=gone))
    assert facts.moment(ROOT.not_after) in finding.message


class TestEarlierCeremonies:
    """The record holds the certificates of every ceremony before this one, of this CA and of others."""

    OLD = replace(TLS, serial=2**126 + 31, not_before=CLOCK - 400 * DAY, not_after=CLOCK - 35 * DAY)
    OURS = (*crl_builder.ISSUED, ("tls of the first ceremony", OLD))
    GONE = Entry(OLD.serial, CLOCK - 100 * DAY, 4)

    def found(self, made: CrlScene) -> set[str]:
        subject = made.subject()
        return {finding.rule for name in PACKS for item in pack(name, "crl") for finding in item.judge(subject)} - {
            "BR-R1-DUE",
            "BR-R9",
        }

    def test_a_first_list_long_after_the_first_certificate_is_told_which_one_that_was(self) -> None:
        late = replace(SCENES["first"], issued=self.OURS)
        assert self.found(late) == {"BR-R2"}
        (finding,) = rule("BR-R2").judge(late.subject())
        assert "tls of the first ceremony" in finding.message

    def test_an_entry_of_an_expired_certificate_goes_after_a_list_that_named_it_past_its_end(self) -> None:
        after = replace(crl_of(ROOT, 1, CLOCK - 30 * DAY, self.GONE), this_update=CLOCK - 30 * DAY)
        before = replace(after, this_update=self.OLD.not_after - DAY)
        made = replace(SCENES["first"], crl=crl_of(ROOT, 2, CLOCK + crl_builder.HOUR), issued=self.OURS, previous=after)
        assert self.found(made) == set()
        assert self.found(replace(made, previous=before)) == {"CRL-LOST", "BR-R7"}

    def test_its_own_certificate_of_an_earlier_ceremony_may_be_revoked_and_another_cas_may_not(self) -> None:
        revoked = Entry(self.OLD.serial, SECOND_DAY - crl_builder.HOUR, 4)
        wish = Intended(self.OLD.serial, 4, revoked.revoked_at)
        made = replace(SCENES["second"], crl=crl_of(ROOT, 2, SECOND_DAY, revoked), issued=self.OURS, intended=(wish,))
        assert self.found(made) == set()
        foreign = tuple((name, replace(cert, issuer=builder.OTHER_NAME)) for name, cert in self.OURS[-1:])
        assert self.found(replace(made, issued=(*crl_builder.ISSUED, *foreign))) == {"CRL-FOREIGN"}

    def test_the_same_certificate_from_the_record_and_from_the_plan_counts_once(self) -> None:
        twice = (*crl_builder.ISSUED, *((f"{name} again", cert) for name, cert in crl_builder.ISSUED))
        assert self.found(replace(SCENES["second"], issued=twice)) == set()

    def test_two_cas_that_drew_one_serial_number_are_told_apart(self) -> None:
        twin = replace(OTHER_ROOT, serial=TLS.serial, not_before=SECOND_DAY)
        for issued in ((*crl_builder.ISSUED, ("twin", twin)), (("twin", twin), *crl_builder.ISSUED)):
            assert self.found(replace(SCENES["second"], issued=issued)) == set()


def test_no_rule_that_a_module_declares_is_left_out_of_its_pack() -> None:
    found = {item.id for item in all_rules()}
    for modules in BY_KIND.values():
        for name in {module for row in modules.values() for module in row}:
            assert {item.id for item in import_module(f"ceremony.policy.rules.{name}").RULES} <= found


def test_a_crl_is_never_judged_by_rules_about_certificates_nor_the_other_way_round() -> None:
    assert rule("RF-1").judge(SCENES["first"].subject()) == ()
    assert rule("RF-4").judge(builder.SCENES["root"].subject()) == ()


def test_a_certificate_of_another_root_is_named_when_it_is_revoked_here() -> None:
    made = replace(SCENES["second"], crl=replace(PREVIOUS, entries=(Entry(OTHER_ROOT.serial, SECOND_DAY, 4),)))
    (finding,) = rule("CRL-FOREIGN").judge(made.subject())
    assert "root-2" in finding.message


def test_table_of_the_rules(record_property: Callable[[str, object], None]) -> None:
    lines, silent = [], []
    for name in PACKS:
        for item in pack(name, "crl"):
            mine = [case for case in CASES if case.rule == item.id]
            accepts = sum(not case.judged(case.accepts) for case in mine)
            refuses = sum(bool(case.judged(case.refuses)) for case in mine)
            if not (accepts and refuses):
                silent.append(item.id)
            why = "; ".join(case.why for case in mine)
            head = f"{name:<12} {item.id:<16} {item.severity.value:<8} {item.section:<40}"
            lines.append(f"{head} {accepts:>7} {refuses:>7}  {why}")
    record_property("table", "Rules about CRLs: accepts, refuses, it refuses what\n" + "\n".join(lines))
    assert silent == []
