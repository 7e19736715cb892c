"""`ceremony policy`: what may be signed, checked and described."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def policy(options: argparse.Namespace) -> int:
    """`check` reads a policy and says all that is wrong with it; `schema` prints JSON Schema."""
    if options.action == "schema":
        print(json.dumps(_schema(options.of), indent=2))
        return 0
    from ceremony.policy.load import load_policy

    loaded = load_policy(Path(options.path))
    count = len(loaded.policy.certificates)
    print(f"{options.path}: {count} certificate profiles, nothing wrong. SHA-256 {loaded.document.sha256}")
    return 0


def _schema(of: str) -> object:
    from ceremony.policy.schema import schema_of

    if of == "script":
        from ceremony.script.models import Script

        return schema_of(Script)
    if of == "people":
        from ceremony.custody.people import People

        return schema_of(People)
    from ceremony.policy.models import Policy

    return schema_of(Policy)
