"""Field by field: what of each kind of object may differ between rehearsal and production, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ceremony.pki.crl_entries import Revoked, entry_octets
from ceremony.pki.ocsp import build_response
from ceremony.pki.view import certificate_view
from ceremony.room.clock import parse_iso
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.objects.base import SignedObject
from ceremony.script.objects.certificate import CertificateObject
from ceremony.script.objects.crl import CrlObject
from ceremony.script.objects.ocsp import ResponseObject
from ceremony.script.past import Rehearsed
from ceremony.script.plan import Mode, Plan
from ceremony.script.rehearsal import Comparison, compare_rehearsed, object_path
from tests.rehearsal.stage import GENERATION, LATER, Stage

ALL = [*GENERATION[:-1], *({**step, "id": f"later-{step['id']}"} for step in LATER[1:-1])]
DAY = 86_400


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """No token is needed: everything is compared with its holes open."""
    return Stage(tmp_path)


def plan(stage: Stage, mode: Mode) -> Plan:
    loaded = load_script(stage.script("all", [*ALL, GENERATION[-1]], initialise=True))
    made = compile_plan(loaded, mode, stage.clock.utc(), lint=False)
    assert not [finding for finding in made.findings if finding.severity.blocks]
    return made


def drafts(made: Plan, *, stand_in: bool = False) -> Rehearsed:
    objects = {object_path(item): item.draft_octets() for item in made.all_objects}
    return Rehearsed("0001-all", "00" * 32, objects, stand_in)


def named(made: Plan, name: str) -> SignedObject:
    return next(item for item in made.all_objects if item.name == name)


def compared(stage: Stage, name: str, change: Callable[[bytes], bytes], *, stand_in: bool = False) -> Comparison:
    """Production of today beside the practice of the same moment, with one change in what was rehearsed."""
    rehearsed, item = drafts(plan(stage, "practice"), stand_in=stand_in), named(plan(stage, "production"), name)
    path = object_path(item)
    changed = change(rehearsed.objects[path])
    assert changed != rehearsed.objects[path]
    return compare_rehearsed(item, replace(rehearsed, objects={**rehearsed.objects, path: changed}))


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    """The first place of some octets (hex), as many others there; in all places where there is more than one."""
    return lambda octets: octets.replace(bytes.fromhex(old), bytes.fromhex(new))


def text(old: str, new: str) -> Callable[[bytes], bytes]:
    return swap(old.encode().hex(), new.encode().hex())


NAMES = {"Issuer CN", "Subject CN"}
BYTES = [
    ("issuing", text("root.crl", "rout.crl"), set(), {"CRL distribution points"}),
    ("issuing", text("Stage Issuing", "Stagf Issuing"), set(), {"Subject CN"}),
    ("issuing", text("Stage Root", "Stagf Root"), set(), {"Issuer CN"}),
    ("issuing", text("(PRACTICE)", "(PRACTISE)"), set(), NAMES),
    ("issuing", text("270104080000Z", "270105080000Z"), {"Not before"}, {"Lifetime"}),
    ("issuing", text("330104075959Z", "330104075958Z"), {"Not after"}, {"Lifetime"}),
    ("issuing", swap("020100", "020101"), set(), {"Basic constraints"}),
    ("root-1", text("270104080000Z", "270105080000Z"), {"This update"}, {"Period"}),
    ("root-1", text("280104075959Z", "280105075959Z"), {"Next update"}, {"Period"}),
    ("root-1", text("Stage Root", "Stagf Root"), set(), {"Issuer CN"}),
    ("root-1", swap("0603551d140403020101", "0603551d140403020107"), {"CRL number"}, set()),
    ("onward", text("Stage Second", "Stagf Second"), set(), {"Subject CN"}),
    (
        "issuing-ocsp",
        text("20270104080000Z", "20270105080000Z"),
        {"Produced at", "This update"},
        {"Period"},
    ),
    ("issuing-ocsp", swap("8000", "8200"), set(), {"Status"}),
]


@pytest.mark.parametrize(("name", "change", "holes", "differences"), BYTES)
def test_one_field_of_what_was_rehearsed_is_changed(
    stage: Stage, name: str, change: Callable[[bytes], bytes], holes: set[str], differences: set[str]
) -> None:
    found = compared(stage, name, change)
    assert set(found.differences) == differences
    assert holes <= set(found.holes)


RESPONDER = "    responder: answers\n"
POINT = "      - {type: issuing-distribution-point, only: ca}\n"
LAST = "      - {type: subject-key-identifier, method: copy} # of the request\n"
POLICIES = [
    ("root-1", "lifetime: 365d", "lifetime: 300d", {"Period"}),
    ("root-1", "{type: crl-number}\n", "{type: crl-number}\n" + POINT, {"Issuing distribution point"}),
    (
        "issuing-ocsp",
        RESPONDER,
        RESPONDER + "    responder_id: name\n",
        {"Responder key hash", "Responder C", "Responder CN"},
    ),
    (
        "issuing-ocsp",
        RESPONDER,
        RESPONDER + "    certificate_hash: sha256\n",
        {"Certificate hash", "Issuer name hash", "Issuer key hash"},
    ),
    ("issuing-ocsp", "lifetime: 90d", "lifetime: 80d", {"Period"}),
    ("issuing-ocsp", RESPONDER, RESPONDER + "    include_certificate: false\n", {"Certificate"}),
    ("onward", LAST, "", {"Subject key identifier"}),
    ("issuing", "path_length: 0", "path_length: 1", {"Basic constraints"}),
    ("answers", "      - {type: ocsp-no-check}\n", "", {"OCSP no check"}),
    ("second-by-root", "issuer_and_serial: issuer}", "issuer_and_serial: none}", {"Authority key identifier"}),
]


@pytest.mark.parametrize(("name", "old", "new", "differences"), POLICIES)
def test_one_line_of_the_policy_is_changed(stage: Stage, name: str, old: str, new: str, differences: set[str]) -> None:
    rehearsed = drafts(plan(stage, "practice"))
    stage.change_policy(old, new)
    item = named(plan(stage, "production"), name)
    assert set(compare_rehearsed(item, rehearsed).differences) == differences


def test_on_another_day_only_holes_differ_in_any_kind_of_object(stage: Stage) -> None:
    rehearsed = drafts(plan(stage, "practice"))
    stage.clock.advance(420 * DAY)
    made = plan(stage, "production")
    kinds = set()
    for item in made.all_objects:
        found = compare_rehearsed(item, rehearsed)
        assert not found.differences, found.text()
        kinds.add(item.what)
    assert kinds == {"certificate", "crl", "request", "ocsp-response"}
    carried = compare_rehearsed(named(made, "issuing-ocsp"), rehearsed)
    assert {"Certificate", "Issuer name hash", "Produced at"} <= set(carried.holes)
    cross = compare_rehearsed(named(made, "second-by-root"), rehearsed)
    assert "Authority key identifier" in cross.holes  # the issuer's issuer is named inside, and marked


def revoking(item: SignedObject, *entries: Revoked) -> CrlObject:
    """The same list with these entries in the place of its own."""
    from ceremony.pki.crl import build_crl

    assert isinstance(item, CrlObject)
    octets = [entry_octets(entry) for entry in entries]
    return replace(item, to_be_signed=build_crl(item.asked.profile, item.holes, octets))


OLD = parse_iso("2026-05-05T00:00:00Z")
EARLY, MIDDLE = 0x40 << 120, 0x50 << 120
OLDER = parse_iso("2026-04-04T00:00:00Z")


@pytest.mark.parametrize("count", [1, 700])
@pytest.mark.parametrize(
    ("there", "here", "stand_in", "same"),
    [
        ({}, {}, True, True),
        ({"serial_number": 0x12345}, {}, True, False),
        ({"serial_number": 0x12345}, {}, False, True),
        ({"revoked_at": OLDER}, {}, True, False),
        ({"revoked_at": OLDER}, {}, False, True),
        ({"revoked_at": "today"}, {"revoked_at": "today"}, True, True),
        ({"revoked_at": "today"}, {}, True, False),
        ({"revoked_at": "today"}, {}, False, False),
        ({"reason": 1}, {}, False, False),
        ({"reason": None}, {}, True, False),
        ({"invalid_from": OLDER}, {}, True, False),
    ],
)
def test_entries_of_a_list(
    stage: Stage, there: dict[str, object], here: dict[str, object], stand_in: bool, same: bool, count: int
) -> None:
    practice, production = plan(stage, "practice"), plan(stage, "production")
    ours, theirs = named(production, "root-1"), named(practice, "root-1")
    assert isinstance(ours, CrlObject)

    def entries(item: SignedObject, changes: dict[str, object]) -> list[Revoked]:
        assert isinstance(item, CrlObject)
        today = item.holes.this_update
        changed = {key: today if value == "today" else value for key, value in changes.items()}
        rest = [Revoked(0x10000 + number, OLD, 4) for number in range(count - 1)]
        last = replace(Revoked(0x99999, OLD, 4), **changed)  # type: ignore[arg-type]
        return sorted([*rest, last], key=lambda entry: entry.serial_number)

    rehearsed = drafts(practice, stand_in=stand_in)
    theirs = revoking(theirs, *entries(theirs, there))
    rehearsed = replace(rehearsed, objects={**rehearsed.objects, object_path(theirs): theirs.draft_octets()})
    found = compare_rehearsed(revoking(ours, *entries(ours, here)), rehearsed)
    assert (not found.differences) is same, found.text()


def answered_later(item: SignedObject, revoked_at: datetime | None) -> ResponseObject:
    """The same response an hour after the list of its ceremony, which revoked its certificate, or at another date."""
    assert isinstance(item, ResponseObject)
    holes, hour = item.holes, timedelta(hours=1)
    times = {name: getattr(holes, name) + hour for name in ("produced_at", "this_update", "next_update")}
    holes = replace(holes, **times, status="revoked", revoked_at=revoked_at or holes.this_update)
    return replace(item, holes=holes, to_be_signed=build_response(item.asked.profile, holes))


OF_ANSWER = parse_iso("2027-01-04T09:00:00Z")
"""When the response of `answered_later` begins, which is the date of no list."""


@pytest.mark.parametrize(
    ("there", "here", "stand_in", "differences"),
    [
        (None, None, True, set()),
        (None, None, False, set()),
        (OLD, OLD, True, set()),
        (OLDER, OLD, False, set()),
        (OLDER, OLD, True, {"Revoked at"}),
        *((OLD, None, stand_in, {"Revoked at"}) for stand_in in (True, False)),
        *((None, OLD, stand_in, {"Revoked at"}) for stand_in in (True, False)),
        *((OF_ANSWER, None, stand_in, {"Revoked at"}) for stand_in in (True, False)),
        *((None, OF_ANSWER, stand_in, {"Revoked at"}) for stand_in in (True, False)),
    ],
)
def test_what_a_list_of_the_ceremony_revokes_is_revoked_in_a_response_since_the_date_of_that_list(
    stage: Stage, there: datetime | None, here: datetime | None, stand_in: bool, differences: set[str]
) -> None:
    practice, production = plan(stage, "practice"), plan(stage, "production")
    theirs = answered_later(named(practice, "issuing-ocsp"), there)
    rehearsed = drafts(practice, stand_in=stand_in)
    rehearsed = replace(rehearsed, objects={**rehearsed.objects, object_path(theirs): theirs.draft_octets()})
    found = compare_rehearsed(answered_later(named(production, "issuing-ocsp"), here), rehearsed)
    assert set(found.differences) == differences, found.text()


@pytest.mark.parametrize("stand_in", [True, False])
def test_a_certificate_of_the_same_ceremony_may_stand_under_any_number_in_a_list(stage: Stage, stand_in: bool) -> None:
    practice, production = plan(stage, "practice"), plan(stage, "production")
    ours, theirs = named(production, "root-1"), named(practice, "root-1")
    drawn = certificate_view(named(practice, "issuing").to_be_signed.octets).serial_number
    theirs = revoking(theirs, Revoked(MIDDLE, OLD, 4), Revoked(drawn, OLD, 1))
    # the production list draws another number, which stands before the old one
    item = named(production, "issuing")
    assert isinstance(item, CertificateObject)
    again = item.demand.draft(item.setting, EARLY)
    again.learn(ours.setting.world, again.to_be_signed.octets)
    ours = revoking(ours, Revoked(EARLY, OLD, 1), Revoked(MIDDLE, OLD, 4))
    rehearsed = drafts(practice, stand_in=stand_in)
    rehearsed = replace(rehearsed, objects={**rehearsed.objects, object_path(theirs): theirs.draft_octets()})
    found = compare_rehearsed(ours, rehearsed)
    assert not found.differences, found.text()
    other = revoking(ours, Revoked(EARLY, OLD, 1), Revoked(MIDDLE + 1, OLD, 4))
    assert bool(compare_rehearsed(other, rehearsed).differences) is stand_in
