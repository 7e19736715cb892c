"""The AlgorithmIdentifiers that may stand in a certificate, octet for octet (BR 7.1.3; RFC 8410; RFC 9881)."""

from __future__ import annotations

_RSA = "2a864886f70d0101"


def _pss(digest: int, salt: int) -> bytes:
    """id-RSASSA-PSS with a hash of the SHA-2 arc, MGF1 over the same hash, and this salt (RFC 4055 3.1)."""
    hashed = f"300d060960864801650304020{digest}0500"
    return bytes.fromhex(f"30410609{_RSA}0a3034a00f{hashed}a11c301a0609{_RSA}08{hashed}a2030201{salt:02x}")


KEY_ENCODINGS: dict[bytes, str] = {
    bytes.fromhex(f"300d0609{_RSA}010500"): "rsa",
    bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"): "p-256",
    bytes.fromhex("301006072a8648ce3d020106052b81040022"): "p-384",
    bytes.fromhex("301006072a8648ce3d020106052b81040023"): "p-521",
    bytes.fromhex("300506032b6570"): "ed25519",
    bytes.fromhex("300b0609608648016503040311"): "ml-dsa-44",
    bytes.fromhex("300b0609608648016503040312"): "ml-dsa-65",
    bytes.fromhex("300b0609608648016503040313"): "ml-dsa-87",
}
"""Of public keys: what each says that the key is."""

SIGNATURE_ENCODINGS: dict[bytes, tuple[str, str]] = {
    bytes.fromhex(f"300d0609{_RSA}0b0500"): ("sha256-rsa", "rsa"),
    bytes.fromhex(f"300d0609{_RSA}0c0500"): ("sha384-rsa", "rsa"),
    bytes.fromhex(f"300d0609{_RSA}0d0500"): ("sha512-rsa", "rsa"),
    _pss(1, 32): ("sha256-rsa-pss", "rsa"),
    _pss(2, 48): ("sha384-rsa-pss", "rsa"),
    _pss(3, 64): ("sha512-rsa-pss", "rsa"),
    bytes.fromhex("300a06082a8648ce3d040302"): ("ecdsa-sha256", "p-256"),
    bytes.fromhex("300a06082a8648ce3d040303"): ("ecdsa-sha384", "p-384"),
    bytes.fromhex("300a06082a8648ce3d040304"): ("ecdsa-sha512", "p-521"),
    bytes.fromhex("300506032b6570"): ("ed25519", "ed25519"),
    bytes.fromhex("300b0609608648016503040311"): ("ml-dsa-44", "ml-dsa-44"),
    bytes.fromhex("300b0609608648016503040312"): ("ml-dsa-65", "ml-dsa-65"),
    bytes.fromhex("300b0609608648016503040313"): ("ml-dsa-87", "ml-dsa-87"),
}
"""Of signatures: the policy's word, and the one kind of key that makes it (the curve fixes the hash)."""

BR_KEYS = frozenset({"rsa", "p-256", "p-384", "p-521"})
"""Kinds of key that the Baseline Requirements allow (6.1.5)."""

SHA1_SIGNATURES: tuple[bytes, ...] = tuple(
    bytes.fromhex(oid)
    for oid in (f"0609{_RSA}05", "06072a8648ce3d0401", "06072a8648ce380403", "06052b0e03021d", "06052b0e03021a")
)
"""Object identifiers that say SHA-1, with RSA, ECDSA, DSA, and bare (PSS parameters)."""
