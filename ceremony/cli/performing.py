"""One compiled plan, performed in the thread that will own the token: in practice or in production."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the app paints before it needs these
    from ceremony.engine.officiant import Officiant, Outcome
    from ceremony.room.clock import Clock
    from ceremony.script.plan import Plan

DEFAULT_ARCHIVE = "archive"


def perform_plan(plan: Plan, officiant: Officiant, options: argparse.Namespace, clock: Clock) -> Outcome:
    """Perform a compiled plan in this thread, which will own the token."""
    from ceremony.engine.performance import perform
    from ceremony.engine.practice import practice_tokens
    from ceremony.engine.tokens import ProductionTokens
    from ceremony.token.overrides import vendor_overrides

    archive = Path(options.archive or DEFAULT_ARCHIVE)
    export_to = Path(options.export) if options.export else None
    overrides = tuple(item.name for item in vendor_overrides(os.environ))
    if plan.mode == "practice":
        with practice_tokens(plan) as tokens:
            return perform(
                plan, officiant, archive=archive, clock=clock, tokens=tokens, overrides=overrides, export_to=export_to
            )
    return perform(
        plan,
        officiant,
        archive=archive,
        clock=clock,
        tokens=ProductionTokens(plan, options.module),
        overrides=overrides,
        export_to=export_to,
    )
