"""A resource through fhirclient's model of it: element names, types and cardinality. Pure.

It knows nothing of value sets. Primitive extensions (`_field`) do not survive it; we build none.
"""

import warnings
from functools import cache
from importlib import import_module
from typing import Any

from app.errors import DataError
from app.sync.payloads.frame import Json


@cache
def _model(resource_type: str) -> Any:
    """The model's class, imported when first needed: the models are large."""
    return getattr(import_module(f"fhirclient.models.{resource_type.lower()}"), resource_type)


def build_checked(resource: Json) -> Json:
    """The resource as its model writes it, empty elements left out.

    Raises DataError, without the content, for one that the model refuses: that is our mistake.
    """
    wanted = {k: v for k, v in resource.items() if v not in (None, "", [], {})}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made: Json = _model(wanted["resourceType"])(wanted, strict=True).as_json()
    except Exception as exc:  # the validator's own family, which repeats content in its messages
        kind = type(exc).__name__
        raise DataError(f"A {wanted['resourceType']} could not be built ({kind}).") from None
    return made
