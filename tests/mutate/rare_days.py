"""Days on which happens what no shipped life has: tokens are pulled out, cards are lost, people end it early.

Each function leaves `archive/` and `softhsm/` in its folder. Own tokens have the PINs of the people of tests/house.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from ceremony.custody.share_entry import read_share
from ceremony.engine.performance import perform
from ceremony.errors import BrokenOff, Interrupted
from ceremony.room.clock import iso
from ceremony.script.compile import compile_plan
from ceremony.script.interrupted import interruption_of
from ceremony.script.load import load_script
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from tests.custody.made import altered
from tests.custody_rules.house import CA as SIGNERS
from tests.custody_rules.house import CUSTODY, EVERYBODY, Signers
from tests.house.ca import House
from tests.house.people import pin_of
from tests.ledger.house import CA as ITEMS
from tests.ledger.house import Ledgers
from tests.mutate.shipped_days import DAY, Walking

PIN = pin_of("token-pin:{label}")
"""The PIN of each own token."""
SHARES = Path(__file__).parents[1] / "shares" / "ca"
HERE = Path(__file__).parent / "ca"
"""Scripts of our own, for the CAs of other tests."""


def _home(folder: Path) -> SoftHsmHome:
    folder.mkdir(parents=True, exist_ok=True)
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    return home


def _next(*answers: Any) -> Callable[[Any], Any]:
    """One after the other; what can be called is called with the request. Then the usual."""
    rest = iter(answers)

    def answer(request: Any) -> Any:
        chosen = next(rest, None)
        return chosen(request) if callable(chosen) else chosen

    return answer


def _closed(house: House, script: str, number: int) -> None:
    """Hold one; the program ends where it does not close."""
    outcome = house.hold(script)
    if not outcome.closed:
        sys.exit(f"{script}: {outcome.headline} {outcome.fault} {house.codes(number)}")


class Hours:
    """Clocks of one day after another, on each of which time goes on."""

    def __init__(self) -> None:
        self._next = DAY

    def __call__(self) -> Walking:
        return Walking(self._next)

    def after(self, step: timedelta = timedelta(days=1)) -> None:
        """The next day."""
        self._next += step


# A day in production on which machines, tokens and people fail ------------------------------------------------------

WAIVER = """\
waivers:
  - rules: [RF-2, pkix.basic_constraints_extension_not_critical]
    sources: [rfc5280, pkilint]
    profiles: [plain]
    reason: The old devices of the laboratory read it only so.
    expires: "2028-11-02"
    approved_by: Rini Wulandari
keys:
"""


def signed(folder: Path) -> None:
    """Certificates end or cannot be seen, the clock is a day behind, a token is pulled out, somebody dissents."""
    home, hours = _home(folder), Hours()
    house = Signers.built(SIGNERS, folder, clock=hours)
    house.edit("policy.yaml", "{type: basic-constraints, critical: true", "{type: basic-constraints, critical: false")
    house.edit("policy.yaml", "keys:\n", WAIVER)
    for person in EVERYBODY:
        house.token_of(person, **({"starts": -20, "days": 22} if person == "dewi" else {}))
    people = house.people
    shown = Module.shown_certificates

    def hidden(self: Module, label: str, serial: str | None = None) -> tuple[bytes, ...]:
        return () if label == "BAMBANG" else shown(self, label, serial)

    Module.shown_certificates = hidden  # type: ignore[method-assign]  # as a token that shows nothing without its PIN
    away = folder / "away"

    def pull(_: Any) -> None:
        shutil.copytree(home.tokens, away)
        for item in home.tokens.iterdir():
            shutil.rmtree(item)

    def put_back(_: Any) -> str:
        for item in away.iterdir():
            shutil.copytree(item, home.tokens / item.name)
        return "try-again"

    def ahead(form: Any) -> dict[str, str]:
        moment = people.clock.machine_utc() + timedelta(hours=25)
        return {"source": "GPS", "reference": iso(moment)}

    def dissent(_: Any) -> None:
        said = {"expected": "A closed door.", "happened": "It stood open.", "decided": "Closed.", "decided_by": "Rini"}
        people.say("deviation", {**said, "raised_by": "siti", "asked": "rini agus", "dissent:agus": "Who came in?"})

    people.answers |= {
        ("record", "clock"): _next(ahead, lambda _: {"decided": "All of us see the sun.", "decided-by": "rini"}),
        ("choose", "clock"): _next("reference", "decide"),
        ("choose", "open"): lambda choice: "unseen" if choice.title.startswith("The own token of") else None,
        ("confirm", "open"): _next(dissent),
        ("instruct", "sign-root"): _next(pull),
        ("choose", "sign-root"): _next("try-again", put_back),
    }
    _closed(house, "short", 1)


# Ends before the close ----------------------------------------------------------------------------------------------


def ended(folder: Path) -> None:
    """A power cut, after which it goes on; then people end it, and it is sealed."""
    _home(folder)
    hours = Hours()
    house = Signers.built(SIGNERS, folder, clock=hours)
    for person in EVERYBODY:
        house.token_of(person)

    def power_cut() -> None:
        raise BrokenOff("the power was cut")

    def give_up() -> None:
        raise Interrupted("F10: the lamp went out")

    house.people.once("instruct", "make-root", power_cut)
    house.hold("short")
    hours.after(timedelta(hours=1))
    found = interruption_of(house.archive)
    assert found is not None
    clock, people = hours(), house.again()
    plan = compile_plan(load_script(house.folder / "short.yaml", past=found.past), "production", clock.utc())
    people.clock = clock
    people.answers["choose", "make-root"] = lambda choice: next(
        (option.name for option in choice.options if option.name == "resume"), None
    )
    people.once("confirm", "inventory", give_up)
    outcome = perform(plan, people, archive=house.archive, clock=clock, tokens=house.tokens(plan), resumes=found)
    if not outcome.sealed:
        sys.exit(f"{outcome.headline} {outcome.fault}")


def unsealed(folder: Path) -> None:
    """The tokens are pulled out and never come back: people end it, and nobody can seal that."""
    home = _home(folder)
    house = Signers.built(SIGNERS, folder, mode="practice", clock=Hours())
    house.edit("policy.yaml", CUSTODY, "custody: {}")

    def pull(_: Any) -> None:
        for item in home.tokens.iterdir():
            item.rename(folder / item.name)

    house.people.answers |= {("instruct", "make-root"): _next(pull), ("choose", "make-root"): _next("try-again")}
    house.hold("short")


# Items --------------------------------------------------------------------------------------------------------------


def items(folder: Path) -> None:
    """A box is damaged; a bag is looked at, then opened, and one thing is not in it."""
    _home(folder)
    house = Ledgers.built(ITEMS, folder, clock=Hours())
    shutil.copy(HERE / "items.yaml", house.folder)
    house.people.reads |= {("arrive", "laptop-condition"): "damaged", ("cut", "card-serial"): "missing"}
    house.people.answers |= {("choose", step): _next("decide") for step in ("arrive", "cut")}
    _closed(house, "items", 1)


# Shares -------------------------------------------------------------------------------------------------------------


def shares(folder: Path) -> None:
    """A token is opened with shares: one holder has no card, and the card of another is of no use at first."""
    _home(folder)
    hours = Hours()
    house = House.built(SHARES, folder, clock=hours)
    _closed(house, "generation", 1)
    hours.after()
    people = house.again()
    forged = [True]

    def typed(request: Any) -> str | None:
        words = str(people.cards[request.name])
        if request.person == "Agus Santoso":
            return None
        if request.person == "Dewi Lestari" and forged:
            forged.pop()
            return altered(read_share(Secret(words))).mnemonic.reveal()
        return words

    people.typed = typed
    people.answers["choose", "open"] = _next("try-again")
    _closed(house, "look", 2)
