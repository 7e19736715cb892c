"""Serial numbers from random octets."""

from __future__ import annotations


def serial_from_octets(octets: bytes) -> int:
    """The serial number made of octets that the token drew: positive, of exactly their length in DER.

    The first octet's top bit is cleared (RFC 5280 4.1.2.2: positive) and the next one set (fixed length), so n octets
    carry 8n - 2 random bits; 9 octets are enough for the 64 that BR 7.1 asks for. Raises ValueError outside 9 to 20.
    """
    if not 9 <= len(octets) <= 20:
        raise ValueError(f"a serial number is made of 9 to 20 octets, not of {len(octets)}")
    return int.from_bytes(bytes([octets[0] & 0x3F | 0x40]) + octets[1:], "big")
