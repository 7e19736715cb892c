"""A CA whose people have tokens of their own."""

from tests.custody_rules.conftest import bare, house

__all__ = ["bare", "house"]
