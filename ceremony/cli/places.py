"""Where things are when nobody says where, and where what somebody named is, seen from where they stood."""

from __future__ import annotations

import argparse

DEFAULT_ARCHIVE = "archive"
"""Past ceremonies, and where this one goes."""

PLACES = ("script", "policies", "archive", "export", "tokens", "unattended", "card_printer", "module")
"""Arguments that name a file or folder, of the commands that start anew in a folder of their own."""

NO_PLACES = ("environment", "json", "label", "misdated", "plain", "secrets_fd", "serial", "help")
"""Their other arguments."""


def place(options: argparse.Namespace) -> None:
    """Make each path that was given, or is taken where none was, one from the folder in which the person stood."""
    if options.archive is None:
        options.archive = DEFAULT_ARCHIVE
    for name in PLACES:
        given = getattr(options, name, None)
        if given is not None and (name, given) != ("module", "softhsm"):
            setattr(options, name, options.started.placed(given))
