"""One compiled plan, performed in the thread that will own the token: in practice or in production."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.cli.places import DEFAULT_ARCHIVE
from ceremony.room.speaking import say

if TYPE_CHECKING:  # the app paints before it needs these
    from ceremony.cli.earlier import Earlier
    from ceremony.cli.planning import Planned
    from ceremony.engine.notices import Outcome
    from ceremony.engine.officiant import Officiant
    from ceremony.room.clock import Clock
    from ceremony.script.plan import Plan


def perform_plan(
    planned: Planned,
    officiant: Officiant,
    options: argparse.Namespace,
    clock: Clock,
    *,
    earlier: Earlier | None = None,
) -> Outcome:
    """Prove the archive, then perform a compiled plan in this thread, which will own the token.

    With `earlier` it was proved and shown already, after the plan was made of it.
    Raises CeremonyError (ARCHIVE-NOT-PROVED) where an earlier ceremony is not proved; nothing was opened then.
    """
    from ceremony.cli.earlier import prove_earlier
    from ceremony.cli.proving import judge
    from ceremony.engine.host import Host
    from ceremony.engine.performance import perform
    from ceremony.engine.practice import practice_tokens
    from ceremony.engine.tokens import ProductionTokens
    from ceremony.room.clean_start import Started
    from ceremony.token.overrides import vendor_overrides

    plan = planned.plan
    archive = Path(options.archive or DEFAULT_ARCHIVE)
    if earlier is None:
        say(*prove_earlier(archive, resumes=planned.resumes).lines())
    export_to = Path(options.export) if options.export else None
    started = options.started or Started()
    if plan.mode == "production":
        started = started.with_softhsm(_modules_of(plan, options.module))
    overrides = {*started.let_in, *(item.name for item in vendor_overrides(os.environ))}
    host = Host(tuple(sorted(overrides)), started.left_out)
    if plan.mode == "practice":
        kept = Path(options.tokens) if options.tokens else None
        with practice_tokens(plan, planned.stand_ins, kept, resumes=planned.resumes) as tokens:
            return perform(
                plan,
                officiant,
                archive=archive,
                clock=clock,
                tokens=tokens,
                host=host,
                export_to=export_to,
                resumes=planned.resumes,
                lock=planned.lock,
                verdict=judge,
                card_printer=options.printer,
            )
    return perform(
        plan,
        officiant,
        archive=archive,
        clock=clock,
        tokens=ProductionTokens(plan, options.module),
        host=host,
        export_to=export_to,
        resumes=planned.resumes,
        lock=planned.lock,
        verdict=judge,
        card_printer=options.printer,
    )


def _modules_of(plan: Plan, chosen: str | None) -> list[str]:
    """Every module that a ceremony of production may load: the ceremony's, those of other tokens and of credentials."""
    credentials = [person.credential.module for person in plan.people.values() if person.credential is not None]
    own = plan.script.token.module
    return [chosen or own, *(choice.module for choice in plan.script.other_tokens.values()), *credentials]
