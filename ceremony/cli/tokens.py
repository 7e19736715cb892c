"""`ceremony token`: what a module shows, what a token is, and making one."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from ceremony.cli.machine import print_json
from ceremony.errors import CeremonyError
from ceremony.room.speaking import say
from ceremony.token.info import TokenInfo
from ceremony.token.module import Module


def token(options: argparse.Namespace) -> int:
    """`list`, `inspect` or `init`."""
    if options.started is not None:
        options.started.with_softhsm([options.module])
    module = Module.load(options.module)
    if options.action == "list":
        _show(options, list(module.tokens()))
    elif options.action == "inspect":
        _show(options, [module.find(options.label, options.serial)])
    else:
        _initialise(module, options.label)
    return 0


def _show(options: argparse.Namespace, tokens: list[TokenInfo]) -> None:
    if options.json:
        facts = [{name: value for name, value in asdict(item).items() if name != "slot_id"} for item in tokens]
        print_json(facts)
        return
    for item in tokens:
        state = "initialised" if item.initialised else "not initialised"
        say(f"{item.label or '(no label)'}: {state}")
        say(f"  serial {item.serial or 'none'}, {item.manufacturer} {item.model}")
        say(f"  hardware {item.hardware}, firmware {item.firmware}")
        if item.tries:
            say(f"  PIN: {item.tries}")
    if not tokens:
        say("The module shows no token.")


def _initialise(module: Module, label: str) -> None:
    if not sys.stdin.isatty():
        raise CeremonyError(
            "PINs are typed by a person.",
            detail="The input is not a terminal.",
            not_done="No token was initialised.",
            next_step="Run this command in a terminal.",
            code="TERMINAL-ABSENT",
        )
    from ceremony.plain.console import Console
    from ceremony.room.signals import Interruption
    from ceremony.token.choosing import check_label

    check_label(label)
    console = Console(sys.stdin, sys.stdout, Interruption())
    pins = []
    for name in ("security officer PIN", "user PIN"):
        first = console.ask_hidden(f"New {name} of {label}: ")
        again = console.ask_hidden(f"The same {name} again: ")
        if not first.matches(again):
            raise CeremonyError(
                "The two entries differ.",
                not_done="No token was initialised.",
                next_step="Begin again.",
                code="PIN-DIFFERENT",
            )
        again.wipe()
        pins.append(first)
    if pins[0].matches(pins[1]):
        raise CeremonyError(
            "The two PINs must differ.",
            detail="The security officer PIN can replace the user PIN.",
            not_done="No token was initialised.",
            next_step="Begin again with two PINs.",
            code="PIN-SAME",
        )
    made = module.initialise(label, *pins)
    for pin in pins:
        pin.wipe()
    say(f"Token {made.label} is initialised; its serial number is {made.serial}.")
