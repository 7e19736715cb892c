"""Where things are when nobody says where."""

DEFAULT_ARCHIVE = "archive"
"""Past ceremonies, and where this one goes."""
