"""`ceremony run`, `ceremony rehearse` and the app: the same plan, in front of different officiants."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.cli.places import DEFAULT_ARCHIVE
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.room.practice_folder import remove_left_behind
from ceremony.room.speaking import say

if TYPE_CHECKING:  # the app paints before it needs this
    from ceremony.script.plan import Mode
    from ceremony.transcript.locking import ArchiveLock


def open_picker(options: argparse.Namespace) -> int:
    """The app, to choose a script and rehearse it."""
    options.plain = options.unattended = options.export = options.secrets_fd = options.tokens = None
    options.card_printer = options.misdated = None
    return _perform(options, "practice")


def run(options: argparse.Namespace) -> int:
    """Perform a script on the production token."""
    options.unattended = options.tokens = None
    return _perform(options, "production")


def rehearse(options: argparse.Namespace) -> int:
    """Perform a script on a practice token made for it."""
    options.module = None
    return _perform(options, "practice")


def _perform(options: argparse.Namespace, mode: Mode) -> int:
    say(*remove_left_behind())
    options.printer = None
    if options.card_printer is None:
        return _in_front_of(options, mode)
    if options.unattended:
        raise CeremonyError(
            "Cards are printed only for people.",
            detail="A run without people has nobody who takes them from the printer.",
            not_done="Nothing was begun.",
            next_step="Leave out --card-printer, or --unattended.",
            code="CARD-PRINTER",
        )
    from ceremony.room.printer import CardPrinter

    with CardPrinter.open(options.card_printer) as options.printer:
        return _in_front_of(options, mode)


def _in_front_of(options: argparse.Namespace, mode: Mode) -> int:
    if options.unattended or options.plain:
        from ceremony.transcript.locking import ArchiveLock

        script = _needed_script(options)
        with ArchiveLock(Path(options.archive or DEFAULT_ARCHIVE)) as lock:
            return _unattended(options, script, lock) if options.unattended else _plain(options, script, mode, lock)
    from ceremony.cli.launching import open_app

    return open_app(options, mode)


def _needed_script(options: argparse.Namespace) -> str:
    if options.script is None:
        raise CeremonyError(
            "No script was named.",
            not_done="Nothing was begun.",
            next_step="Name a ceremony script, such as policies/demo/ceremonies/root-generation.yaml.",
            code="COMMAND-SCRIPT",
        )
    return str(options.script)


def _plain(options: argparse.Namespace, script: str, mode: Mode, lock: ArchiveLock) -> int:
    from ceremony.cli.environment import environment_lines
    from ceremony.cli.performing import perform_plan
    from ceremony.cli.planning import compiled, finding_lines, resumption_lines
    from ceremony.plain import PlainOfficiant

    if options.secrets_fd == 0:
        raise CeremonyError(
            "The PINs cannot come from where people type.",
            detail="Descriptor 0 is the terminal that asks.",
            not_done="Nothing was begun.",
            next_step="Use another descriptor, 3 for example.",
            code="SECRETS-FD",
        )
    clock = Clock()
    planned = compiled(
        script,
        mode,
        clock,
        options.archive,
        options.tokens,
        lock=lock,
        export=options.export,
        misdated=options.misdated,
    )
    say(*environment_lines(options), *resumption_lines(planned), *finding_lines(planned.plan.findings))
    with PlainOfficiant(secrets_fd=options.secrets_fd) as officiant:
        outcome = perform_plan(planned, officiant, options, clock)
    return 0 if outcome.closed and not outcome.refused else 1


def _unattended(options: argparse.Namespace, script: str, lock: ArchiveLock) -> int:
    from ceremony.cli.environment import environment_lines
    from ceremony.cli.performing import perform_plan
    from ceremony.cli.planning import compiled, resumption_lines
    from ceremony.engine.answers import load_answers
    from ceremony.engine.practice import ShownSecrets
    from ceremony.engine.secrets_source import read_secrets
    from ceremony.engine.unattended import UnattendedOfficiant

    started = time.monotonic()
    clock = Clock()
    planned = compiled(
        script,
        "practice",
        clock,
        options.archive,
        options.tokens,
        lock=lock,
        export=options.export,
        misdated=options.misdated,
    )
    say(*environment_lines(options), *resumption_lines(planned))
    answers = load_answers(Path(options.unattended))
    answers.check_steps(item.step.id for item in planned.plan.steps)
    kept = ShownSecrets() if options.tokens else None  # a PIN that was drawn today opens nothing tomorrow
    secrets = read_secrets(options.secrets_fd) if options.secrets_fd is not None else kept
    with UnattendedOfficiant(answers, secrets, clock=clock) as officiant:
        outcome = perform_plan(planned, officiant, options, clock)
    say(*(outcome.proof.page if outcome.proof is not None else ()))
    if not outcome.closed:
        return 1
    total = time.monotonic() - started
    token = outcome.seconds_generating + outcome.seconds_signing
    say(
        f"time: total={total:.2f} generating={outcome.seconds_generating:.2f} "
        f"signing={outcome.seconds_signing:.2f} outside={total - token:.2f}"
    )
    return int(outcome.refused)
