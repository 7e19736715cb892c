"""A PIN or share, as a type that nothing can print, compare, pickle or write by accident."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """A secret text. It is shown by nothing but `reveal`, and `wipe` overwrites it when it is no longer needed."""

    __slots__ = ("_octets",)

    def __init__(self, text: str) -> None:
        self._octets = bytearray(text.encode("utf-8"))

    def reveal(self) -> str:
        """The text itself, for the one call that needs it. Do not keep what it returns."""
        return self._octets.decode("utf-8")

    def matches(self, other: Secret) -> bool:
        """Whether two entries of the same secret agree, in constant time."""
        return hmac.compare_digest(bytes(self._octets), bytes(other._octets))

    def wipe(self) -> None:
        """Overwrite the octets held here; the secret is empty afterwards."""
        for index in range(len(self._octets)):
            self._octets[index] = 0
        self._octets.clear()

    def __len__(self) -> int:
        return len(self._octets)

    def __repr__(self) -> str:
        return "<Secret>"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return "<Secret>"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a Secret is not compared with ==; use matches()")

    __hash__ = None  # type: ignore[assignment]  # a secret must not become a dictionary key

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")

    def __copy__(self) -> NoReturn:
        raise TypeError("a Secret is not copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a Secret is not copied")
