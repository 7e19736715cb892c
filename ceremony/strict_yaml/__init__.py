"""YAML read strictly: one document of text, whole numbers, true, false, null, lists and keys; nothing else."""

from __future__ import annotations

from ceremony.strict_yaml.document import DataPath, Document, examine, load, refuse
from ceremony.strict_yaml.reading import LARGEST_FILE
from ceremony.strict_yaml.secrets import names_a_secret

__all__ = [
    "LARGEST_FILE",
    "DataPath",
    "Document",
    "examine",
    "load",
    "names_a_secret",
    "refuse",
]
