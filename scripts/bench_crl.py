"""A CRL of so many entries, made by this checkout and by openssl from the same revocations: seconds and peak memory.

Ours is what the ceremony does once the plan is approved: open the token, read the list of revocations, build, sign,
verify what was written. Profile and holes were encoded before (`plan`), as they are before the room fills. Openssl's is
`openssl ca -gencrl` with its own index and a key in a file.

usage, by scripts/bench.py alone: bench_crl.py prepare | make | open | check FOLDER [ENTRIES]
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

PIN = "123456"
KEY_ID = b"\x01"
ALGORITHM = "ecdsa-sha256"
THIS_UPDATE = datetime(2026, 11, 22, 9, tzinfo=UTC)
REASONS = ("", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation")
"""What openssl 3.0 knows of them, too."""
PROFILE = {
    "scope": "subscriber",
    "issuer": "ca",
    "signature": ALGORITHM,
    "cycle": {"lifetime": "10d", "renew": "1d"},
    "extensions": [{"type": "authority-key-identifier"}, {"type": "crl-number"}],
}
OPENSSL = """
[ca]
default_ca = bench
[bench]
database = index.txt
certificate = ca.pem
private_key = key.pem
crlnumber = number
default_md = sha256
default_crl_days = 10
crl_extensions = extensions
[extensions]
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Spent:
    """What a program took: seconds on the clock, peak resident memory in MiB."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True)
class Comparison:
    """The same CRL by this checkout and by openssl; `opened` is ours without a CRL: imports, token, login."""

    ours: Spent
    openssl: Spent
    opened: Spent


def compare(entries: int, *, turns: int) -> Comparison:
    """Both, in turns; of several turns the fastest of each, which other work on the machine disturbs least."""
    with tempfile.TemporaryDirectory(prefix="ceremony-bench-") as name:
        folder = Path(name)
        environment = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm" / "softhsm2.conf")}

        def own(task: str) -> list[str]:
            return [sys.executable, "-I", __file__, task, name, str(entries)]

        # What is prepared here would count in the memory of what is measured: a child begins with its parent's.
        _spent(own("prepare"), folder, environment)
        spent = []
        for _ in range(turns):
            (folder / "ours.crl").unlink(missing_ok=True)
            openssl = ["openssl", "ca", "-config", "ca.cnf", "-gencrl", "-out", "theirs.pem"]
            spent.append([_spent(command, folder, environment) for command in (own("make"), openssl, own("open"))])
        _spent(own("check"), folder, environment)
        return Comparison(*(min(each, key=lambda one: one.seconds) for each in zip(*spent, strict=True)))


def _prepare(folder: Path, entries: int) -> None:
    """The revocations, in our form and in openssl's, a CA's key for each, and our plan."""
    from ceremony.secret import Secret
    from ceremony.token.module import Module
    from ceremony.token.softhsm import SoftHsmHome

    _write_revocations(folder, entries)
    (folder / "ca.cnf").write_text(OPENSSL)
    (folder / "number").write_text("01\n")
    _openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    _openssl(folder, "req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=Bench", "-days", "9", "-out", "ca.pem")
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    module = Module.load("softhsm")
    token = module.initialise("BENCH", Secret("87654321"), Secret(PIN))
    with module.open(token, Secret(PIN)) as session:
        spki = session.generate_key("bench", KEY_ID, "p-256").spki
    (folder / "spki").write_bytes(spki)
    _plan(folder, spki)


def _plan(folder: Path, spki: bytes) -> None:
    from ceremony.pki.crl import CrlHoles, crl_frame, update_period
    from ceremony.pki.keys import key_identifier
    from ceremony.policy.status import CrlProfile

    profile = CrlProfile.model_validate_json(json.dumps(PROFILE))
    period = update_period(profile.cycle, THIS_UPDATE)
    name = bytes.fromhex("3010310e300c06035504030c0542656e6368")  # CN=Bench
    identifier = key_identifier(spki, "sha1")
    frame = crl_frame(profile, CrlHoles(name, spki, identifier, None, 1, None, period.this_update, period.next_update))
    (folder / "frame.json").write_text(
        json.dumps([frame.before.hex(), frame.after.hex(), frame.algorithm, frame.identifier.hex()])
    )


def _write_revocations(folder: Path, entries: int) -> None:
    dice = random.Random(entries)  # noqa: S311 - serial numbers of certificates that do not exist
    serials = sorted({dice.getrandbits(126) | 1 << 126 for _ in range(entries)})
    with (folder / "revoked.csv").open("w") as ours, (folder / "index.txt").open("w") as theirs:
        ours.write("serial,revoked_at,reason\n")
        for serial in serials:
            moment = THIS_UPDATE - timedelta(seconds=dice.randrange(1, 300 * 86400))
            reason = dice.choice(REASONS)
            ours.write(f"{serial:032x},{moment:%Y-%m-%dT%H:%M:%SZ},{reason}\n")
            comma = "," if reason else ""
            theirs.write(f"R\t351231235959Z\t{moment:%y%m%d%H%M%SZ}{comma}{reason}\t{serial:032X}\tunknown\t/CN=x\n")


def _openssl(folder: Path, *arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def _spent(command: list[str], folder: Path, environment: dict[str, str]) -> Spent:
    started = time.perf_counter()
    with (folder / "said").open("w+") as said:
        program = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(program.pid, 0)
        seconds = time.perf_counter() - started
        program.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if program.returncode != 0:
            raise SystemExit(f"bench: {' '.join(command[:3])} failed:\n{said.read()[-2000:]}")
    return Spent(seconds, usage.ru_maxrss / 1024)


def _check(folder: Path, entries: int) -> None:
    """Both lists have the same entries, or nothing was measured."""
    import base64
    from itertools import zip_longest

    from ceremony.pki.crl_entries import entries_of

    ours = (folder / "ours.crl").read_bytes()
    theirs = base64.b64decode("".join((folder / "theirs.pem").read_text().splitlines()[1:-1]))
    count = 0
    for one, other in zip_longest(entries_of(ours), entries_of(theirs)):
        if one != other:
            raise SystemExit(f"bench: entry {count + 1} is not the same in both CRLs")
        count += 1
    if count != entries:
        raise SystemExit(f"bench: the CRLs have {count} entries, not {entries}")


def _work(folder: Path, *, make: bool) -> None:
    """What is measured."""
    from ceremony.pki.crl_blocks import entry_blocks
    from ceremony.pki.crl_frame import CrlFrame
    from ceremony.pki.crl_large import build_large_crl, sign_large_crl
    from ceremony.secret import Secret
    from ceremony.token.module import Module

    spki = (folder / "spki").read_bytes()
    before, after, algorithm, identifier = json.loads((folder / "frame.json").read_text())
    frame = CrlFrame(bytes.fromhex(before), bytes.fromhex(after), algorithm, bytes.fromhex(identifier))
    module = Module.load("softhsm")
    with module.open(module.find("BENCH"), Secret(PIN)) as session:
        if not make:
            return
        with (folder / "revoked.csv").open("rb") as stream:
            blocks = entry_blocks(stream, "revoked.csv", THIS_UPDATE)
            large = build_large_crl(frame, (block.octets for block in blocks), folder / "spool")
        sign_large_crl(large, partial(session.sign_chunks, KEY_ID), spki, folder / "ours.crl")
        large.entries.unlink()


if __name__ == "__main__":
    task, folder, entries = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if task == "prepare":
        _prepare(folder, entries)
    elif task == "check":
        _check(folder, entries)
    else:
        _work(folder, make=task == "make")
