"""Judges that had no part in making what they judge: openssl, GnuTLS (certtool) and NSS (certutil, crlutil, vfychain).

Everything is given and taken as DER. Each judge writes what it needs into `folder`, which the caller owns (`tmp_path`),
and gives a `Verdict`: whether it accepts, and all that it said. `scripts/setup --dev` installs them.

A test of another folder writes `from tests.judges import outside`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal, NamedTuple

from ceremony.pki.pem import pem

NssUsage = Literal["any-ca", "tls-ca", "tls-server", "ocsp-responder"]
NSS_USAGES: dict[NssUsage, tuple[str, str]] = {
    "any-ca": ("A", "11"),
    "tls-ca": ("L", "3"),
    "tls-server": ("V", "1"),
    "ocsp-responder": ("O", "10"),
}
"""What a certificate is to be good for, as certutil and as vfychain say it."""


class Verdict(NamedTuple):
    """Whether the judge accepts, and everything that it said."""

    ok: bool
    text: str


def openssl_verify(
    folder: Path,
    certificate: bytes,
    *,
    root: bytes,
    intermediates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    deltas: bool = False,
    strict: bool = True,
    at: datetime | None = None,
) -> Verdict:
    """`openssl verify`: the chain from the certificate up to the root, and nothing else trusted.

    With `crls` each certificate of the chain needs one that holds and speaks of it (-crl_check_all), the root's too;
    with `deltas` a delta CRL among them counts for a CRL that has freshestCRL (without it, give none). `strict` is
    -x509_strict (RFC 5280). `at` is another time than now.
    """
    place = _place(folder)
    options = ["-CAfile", _pem(place, "root", "CERTIFICATE", root), "-no-CApath", "-no-CAstore"]
    if intermediates:
        options += ["-untrusted", _pem(place, "intermediates", "CERTIFICATE", *intermediates)]
    if crls:
        options += ["-crl_check_all", "-CRLfile", _pem(place, "crls", "X509 CRL", *crls)]
    if deltas:
        options += ["-extended_crl", "-use_deltas"]
    if strict:
        options.append("-x509_strict")
    if at is not None:
        options += ["-attime", str(int(at.timestamp()))]
    code, text = _run(place, "openssl", "verify", *options, _pem(place, "certificate", "CERTIFICATE", certificate))
    return Verdict(code == 0, text)


def openssl_crl(folder: Path, crl: bytes, issuer: bytes) -> Verdict:
    """`openssl crl -verify`: the signature over a CRL by its issuer's key; the text of the CRL. It looks at no date."""
    place = _place(folder)
    files = ("-in", _file(place, "list.crl", crl), "-CAfile", _pem(place, "issuer", "CERTIFICATE", issuer))
    _, text = _run(place, "openssl", "crl", "-inform", "DER", *files, "-noout", "-text", "-verify")
    return Verdict("verify OK" in text.splitlines(), text)  # the exit code is 0 either way


def openssl_ocsp_respin(
    folder: Path,
    response: bytes,
    *,
    certificate: bytes,
    issuer: bytes,
    root: bytes,
    others: Sequence[bytes] = (),
    at: datetime | None = None,
) -> Verdict:
    """`openssl ocsp -respin`: a stored response, asked about one certificate.

    It accepts a response whose signer the root vouches for, that speaks of this certificate, and whose times hold now;
    the text has the status: `certificate.pem: good`, `: revoked` with time and reason, or `: unknown`. `others` are
    certificates in which to search for the signer, `at` the time for which the signer's chain is checked.
    """
    place = _place(folder)
    options = ["-respin", _file(place, "response.der", response), "-no_nonce"]
    options += ["-issuer", _pem(place, "issuer", "CERTIFICATE", issuer)]
    options += ["-cert", _pem(place, "certificate", "CERTIFICATE", certificate)]
    options += ["-CAfile", _pem(place, "root", "CERTIFICATE", root), "-no-CApath", "-no-CAstore"]
    if others:
        options += ["-verify_other", _pem(place, "others", "CERTIFICATE", *others)]
    if at is not None:
        options += ["-attime", str(int(at.timestamp()))]
    code, text = _run(place, "openssl", "ocsp", *options)
    signed = "Response verify OK" in text.splitlines()
    return Verdict(code == 0 and signed and "Status times invalid" not in text, text)


def certtool_verify(
    folder: Path,
    certificate: bytes,
    *,
    root: bytes,
    intermediates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
) -> Verdict:
    """`certtool --verify`: the chain from the certificate up to the root, now. A certificate without a CRL passes."""
    place = _place(folder)
    options = ["--load-ca-certificate", _pem(place, "root", "CERTIFICATE", root), "--verify-profile", "medium"]
    if crls:
        options += ["--load-crl", _pem(place, "crls", "X509 CRL", *crls)]
    chain = _pem(place, "chain", "CERTIFICATE", certificate, *intermediates)
    code, text = _run(place, "certtool", "--verify", *options, "--infile", chain)
    return Verdict(code == 0 and "Chain verification output: Verified." in text, text)


def certtool_crl_verify(folder: Path, crl: bytes, issuer: bytes) -> Verdict:
    """`certtool --verify-crl`: the signature over a CRL by its issuer's key, and that it holds now."""
    place = _place(folder)
    options = ("--load-ca-certificate", _pem(place, "issuer", "CERTIFICATE", issuer))
    _, text = _run(place, "certtool", "--verify-crl", *options, "--infile", _pem(place, "list", "X509 CRL", crl))
    return Verdict("Verification output: Verified." in text, text)  # the exit code is 0 either way


def certtool_crl_info(folder: Path, crl: bytes) -> Verdict:
    """`certtool --crl-info`: whether GnuTLS can read a CRL, and what it reads."""
    place = _place(folder)
    code, text = _run(place, "certtool", "--crl-info", "--inder", "--infile", _file(place, "list.crl", crl))
    return Verdict(code == 0, text)


def nss_verify(
    folder: Path,
    certificate: bytes,
    *,
    root: bytes,
    intermediates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    usage: NssUsage = "any-ca",
    at: datetime | None = None,
) -> Verdict:
    """NSS, in a database of its own in which only the root is trusted: it accepts where both its libraries do.

    `certutil -V` asks the old one, `vfychain -pp` libpkix. A CRL whose signature is wrong is not imported, which is a
    refusal; a certificate without a CRL passes, and a CRL that no longer holds is taken all the same. Asked about
    another time, it takes any CRL: its import knows only now and would not know the issuer then, so it is told not to
    look at the signature. A time after 2049 cannot be asked about: its tools write years with two digits.
    """
    place = _place(folder)
    database = f"sql:{place}"
    steps = [
        ("certutil", "-N", "-d", database, "--empty-password"),
        ("certutil", "-A", "-d", database, "-n", "root", "-t", "C,C,C", "-i", _file(place, "root.der", root)),
    ]
    for number, octets in enumerate((*intermediates, certificate)):
        path = _file(place, f"{number}.der", octets)
        steps.append(("certutil", "-A", "-d", database, "-n", f"certificate-{number}", "-t", ",,", "-i", path))
    unseen = () if at is None else ("-B",)
    for number, octets in enumerate(crls):
        steps.append(("crlutil", "-I", *unseen, "-d", database, "-t", "1", "-i", _file(place, f"{number}.crl", octets)))
    classic, pkix = NSS_USAGES[usage]
    when = (at or datetime.now(UTC)).astimezone(UTC).strftime("%y%m%d%H%M")
    nickname = f"certificate-{len(intermediates)}"
    steps.append(("certutil", "-V", "-d", database, "-n", nickname, "-u", classic, "-e", "-b", f"{when}00Z"))
    asked = ("-m", "crl", "-s", "forbidFetching")
    path = _file(place, "it.der", certificate)
    steps.append(
        (
            "vfychain",
            "-d",
            database,
            "-pp",
            "-u",
            pkix,
            "-b",
            f"{when}Z",
            "-g",
            "leaf",
            *asked,
            "-g",
            "chain",
            *asked,
            path,
        )
    )
    said = [_run(place, *step) for step in steps]
    return Verdict(not any(code for code, _ in said), "".join(text for _, text in said))


def _place(folder: Path) -> Path:
    """A folder of its own for one question: no file of an earlier one can answer it."""
    return Path(mkdtemp(prefix="judge-", dir=folder))


def _file(place: Path, name: str, octets: bytes) -> str:
    (place / name).write_bytes(octets)
    return str(place / name)


def _pem(place: Path, name: str, label: str, *objects: bytes) -> str:
    return _file(place, f"{name}.pem", b"".join(pem(octets, label) for octets in objects))


def _run(place: Path, command: str, *arguments: str) -> tuple[int, str]:
    """The exit code of a judge, and what it wrote; paths are shortened to the names of the files."""
    try:
        done = subprocess.run(
            [command, *arguments],
            cwd=place,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60,
        )
    except FileNotFoundError as error:
        raise AssertionError(f"This needs {command}, which scripts/setup --dev installs.") from error
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    return done.returncode, text.replace(f"{place}/", "")
