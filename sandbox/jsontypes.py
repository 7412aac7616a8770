"""The one name for a decoded JSON object. Holds no behaviour."""

from typing import Any

Json = dict[str, Any]
