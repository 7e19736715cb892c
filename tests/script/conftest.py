"""The demonstration CA, to be changed."""

from tests.house.demo import demo, edit

__all__ = ["demo", "edit"]
