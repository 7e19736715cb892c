"""What people are told of the environment before a ceremony begins."""

from __future__ import annotations

import argparse

from ceremony.room.clean_start import left_outside
from ceremony.token.overrides import vendor_overrides


def environment_lines(options: argparse.Namespace) -> list[str]:
    """What was left outside when the program started itself anew, and by name what could have redirected a module."""
    if options.started is None:
        return []
    grave = vendor_overrides(dict.fromkeys(options.started.left_out, "set"))
    return left_outside(options.started, {item.name for item in grave})
