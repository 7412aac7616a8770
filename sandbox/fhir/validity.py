"""Is a written body a well-formed resource of its type? Knows nothing of value sets."""

import warnings
from functools import cache
from importlib import import_module
from typing import Any

from sandbox.jsontypes import Json
from sandbox.outcomes import Refusal


@cache
def _model(type_: str) -> Any:
    """The class that knows the type's elements; loaded when first needed."""
    try:
        return getattr(import_module(f"fhirclient.models.{type_.lower()}"), type_)
    except (ImportError, AttributeError):
        return None


def require_valid(resource: Json) -> None:
    """Element names, types and cardinality. Raises Refusal 400 naming the first wrong element."""
    model = _model(resource["resourceType"])
    if model is None:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model(resource, strict=True).as_json()
    except Exception as exc:  # the validator's own family, and what odd input makes it raise
        text = str(exc).replace("\n", " ")[:300]
        raise Refusal(400, f"The resource is not valid: {text}", "structure") from exc
