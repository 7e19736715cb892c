"""JSON Schema of the input models, for editors that complete and check YAML."""

from __future__ import annotations

from typing import Any

from ceremony.policy.models import Model, Policy

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(model: type[Model]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a model.

    It knows each value by itself; the loaders check what must fit together.
    """
    return {"$schema": DIALECT, **model.model_json_schema()}


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file."""
    return schema_of(Policy)
