"""What strangers send: requests and a root, made by `openssl`, whose private keys stay with them."""

from __future__ import annotations

import subprocess
from pathlib import Path

P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments: str | Path) -> str:
    """What the program said. Fails the test where it did not succeed."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, f"openssl {' '.join(map(str, arguments))}: {done.stderr}"
    return done.stdout + done.stderr


def request(folder: Path, name: str, subject: str, *extensions: str) -> Path:
    """A request `NAME.csr` (PEM) over a new P-256 key `NAME.key`."""
    added = [word for extension in extensions for word in ("-addext", extension)]
    path = folder / f"{name}.csr"
    openssl("req", "-new", *P256, "-keyout", folder / f"{name}.key", "-subj", subject, *added, "-out", path)
    return path


def peer(folder: Path) -> None:
    """A root of somebody else: `peer.pem`, and `peer.csr` by the same key."""
    subject = "/C=ID/O=Peer CA/CN=Peer Root"
    key, root = folder / "peer.key", folder / "peer.pem"
    openssl(
        "req", "-x509", *P256, "-keyout", key, "-subj", subject, "-days", "3650", "-utf8",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", root,
    )  # fmt: skip
    openssl("req", "-new", "-key", key, "-subj", subject, "-out", folder / "peer.csr")


def strangers(folder: Path) -> None:
    """Everything that the scripts of this CA name."""
    folder.mkdir()
    request(folder, "sub", "/C=ID/O=Customer/CN=Customer CA", "basicConstraints=critical,CA:true,pathlen:3")
    request(folder, "tsu", "/C=ID/O=Customer/CN=Time Stamping Unit 1")
    peer(folder)
