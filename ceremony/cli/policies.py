"""`ceremony policy`: what may be signed, checked and described."""

from __future__ import annotations

import argparse

from ceremony.cli.machine import print_json


def policy(options: argparse.Namespace) -> int:
    """`check` says all that is wrong with a policy; `explain` prints a rule; `schema` prints JSON Schema."""
    if options.action == "schema":
        print_json(_schema(options.of))
        return 0
    if options.action == "explain":
        from ceremony.cli.explaining import explain

        return explain(options)
    from ceremony.cli.checking import check

    return check(options)


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
