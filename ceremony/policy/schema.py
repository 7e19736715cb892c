"""JSON Schema of the input models, for editors that complete and check YAML."""

from __future__ import annotations

from typing import Any

from ceremony.policy.models import Policy
from ceremony.policy.primitives import Model

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(model: type[Model]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a model.

    It knows each value by itself; the loaders check what must fit together.
    """
    schema = {"$schema": DIALECT, **model.model_json_schema()}
    profile = schema.get("$defs", {}).get("CertificateProfile")
    if profile is not None:
        _may_extend(profile)
    return schema


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file."""
    return schema_of(Policy)


def _may_extend(profile: dict[str, Any]) -> None:
    """A certificate profile may say `extends`; what is required must then be there after inheritance only."""
    required = profile.pop("required")
    profile["properties"]["extends"] = {
        "type": "string",
        "title": "Extends",
        "description": "Another certificate profile. The keys written here replace its keys, whole; "
        "what is required must be there after inheritance.",
    }
    profile["anyOf"] = [{"required": ["extends"]}, {"required": required}]
