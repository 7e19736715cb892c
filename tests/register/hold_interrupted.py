"""An archive whose ceremonies were cut off after a signature and before its files: `hold_interrupted.py FOLDER` leaves
`archive/`, `ca/` and `said.json`.

It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ceremony.engine import signing
from ceremony.errors import CeremonyError
from ceremony.script.past import Past, past_of_archive
from ceremony.transcript.register_entries import Mode
from ceremony.verify.unwritten import with_unwritten
from tests.years import rig
from tests.years.rig import Ca
from tests.years.story import GENERATION, crl, issue, key

START = datetime(2027, 6, 30, 8, 0, tzinfo=UTC)
MONTH = timedelta(days=30)


def before(archive: Path, mode: Mode) -> Past:
    """The past as the commands see it."""
    return with_unwritten(past_of_archive(archive, mode))


@contextmanager
def cut_before_the_files_of(name: str) -> Any:
    """The program is ended after this object was signed, and before anything of it is written."""
    write = signing.write_artefact

    def cut(room: Any, artefact: Any) -> None:
        if artefact.item.name == name:
            raise KeyboardInterrupt
        write(room, artefact)

    with patch.object(signing, "write_artefact", cut):
        yield


def tried(attempt: Callable[[], object]) -> str:
    """What was said where a ceremony did not come to its close."""
    try:
        attempt()
    except AssertionError as error:
        return str(error)
    except CeremonyError as error:
        return "\n".join(error.paragraphs())
    return "closed"


def with_another_key(archive: Path, mode: Mode) -> Past:
    """A register that says of the parked key what somebody wants it to say: his own public key, on our token."""
    past = before(archive, mode)
    other = past.register.key("issuing-1")
    assert other is not None
    keys = tuple(
        item.model_copy(update={"spki": other.spki, "spki_sha256": other.spki_sha256})
        if item.name == "reserve"
        else item
        for item in past.register.keys
    )
    return replace(past, register=past.register.model_copy(update={"keys": keys}))


def main(folder: Path) -> None:
    """Seven ceremonies, a month apart."""
    folder.mkdir(parents=True, exist_ok=True)
    ca, said = Ca(folder, START), {}
    ca.hold("generation", GENERATION, initialise=True)
    ca.move_to(START + MONTH)
    with cut_before_the_files_of("issuing-2"):
        steps = [key("issuing-2"), issue("issuing-2", "issuing", "issuing-2")]
        said["certificate"] = tried(lambda: ca.hold("certificate-cut", steps))
    said["not-made-again"] = tried(
        lambda: ca.hold(
            "list", [crl("root", "root-2", revoke=[{"certificate": "issuing-2", "reason": "keyCompromise"}])]
        )
    )
    with patch.object(rig, "past_of_archive", before):
        ca.move_to(START + 2 * MONTH)
        ca.hold("list", [crl("root", "root-2", revoke=[{"certificate": "issuing-2", "reason": "keyCompromise"}])])
        ca.move_to(START + 3 * MONTH)
        with cut_before_the_files_of("root-3"):
            steps = [
                issue("issuing-3", "issuing", "reserve"),
                crl("root", "root-3", revoke=[{"certificate": "issuing-1", "reason": "superseded"}]),
            ]
            said["list"] = tried(lambda: ca.hold("list-cut", steps))
        ca.move_to(START + 4 * MONTH)
        ca.hold("next", [crl("root", "root-4")])
    ca.move_to(START + 5 * MONTH)
    with patch.object(rig, "past_of_archive", with_another_key):
        steps = [issue("issuing-4", "issuing", "reserve")]
        said["inventory"] = tried(lambda: ca.hold("inventory", []))
        said["another-key"] = tried(lambda: ca.hold("another-key", steps))
    (folder / "said.json").write_text(json.dumps(said))
    ca.home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
