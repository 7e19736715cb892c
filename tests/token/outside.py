"""What tests of tokens do outside the token: check a signature in software, pull a token out, put one back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ceremony.token.info import TokenInfo
from ceremony.token.softhsm import SoftHsmHome


def check_signature(spki: bytes, algorithm: str, signature: bytes, octets: bytes) -> None:
    """InvalidSignature unless the signature is that of the key over the octets."""
    key = load_der_public_key(spki)
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
    if isinstance(key, rsa.RSAPublicKey):
        used: Any = digest[algorithm[3:6]]
        pss = padding.PSS(padding.MGF1(used), used.digest_size)
        key.verify(signature, octets, pss if algorithm.endswith("-pss") else padding.PKCS1v15(), used)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, octets, ec.ECDSA(digest[algorithm[-3:]]))
    else:
        assert isinstance(key, ed25519.Ed25519PublicKey)
        key.verify(signature, octets)


def folder_of(home: SoftHsmHome, token: TokenInfo) -> Path:
    """Where SoftHSM keeps a token: the folder's name ends in the serial, with a dash in it."""
    (found,) = (folder for folder in home.tokens.iterdir() if folder.name.replace("-", "").endswith(token.serial))
    return found


def pull_out(home: SoftHsmHome, token: TokenInfo) -> None:
    """Take one token away and leave the others."""
    shutil.rmtree(folder_of(home, token))
