"""Fields: single values of CDC's XML, each read strictly or refused by name of its element."""

import re
from datetime import date, datetime
from typing import TypeVar

from app.clinical.immunization.offsets import Offset, parse_offset
from app.clinical.immunization.schedule import Window
from app.clinical.immunization.xml_tree import Node

T = TypeVar("T")


def two_digits(cvx: str) -> str:
    """A CVX code as it is compared here: `3` and `03` are one vaccine."""
    text = cvx.strip()
    return f"{int(text):02d}" if text.isascii() and text.isdigit() else text


def three_digits(code: str) -> str:
    """A CDSi observation code as it is compared here: `4` and `004` are one."""
    text = code.strip()
    return text.zfill(3) if text.isascii() and text.isdigit() else text


def text_of(node: Node, tag: str) -> str:
    """A text that must be there."""
    value = node.value(tag)
    if not value:
        raise (node.get(tag) or node).refuse(f"{tag} is empty")
    return value


def offset_of(node: Node, tag: str) -> Offset | None:
    value = node.value(tag)
    if not value:
        return None
    try:
        return parse_offset(value)
    except ValueError as error:
        raise (node.get(tag) or node).refuse(str(error)) from None


def day_of(node: Node, tag: str, form: str = "%Y%m%d") -> date | None:
    value = node.value(tag)
    if not value:
        return None
    try:
        return datetime.strptime(value, form).date()  # noqa: DTZ007 - a calendar day, no zone
    except ValueError:
        raise (node.get(tag) or node).refuse(f"{value!r} is not a date") from None


def number_of(node: Node, tag: str) -> int:
    value = text_of(node, tag)
    if not re.fullmatch(r"[0-9]{1,4}", value):
        raise (node.get(tag) or node).refuse(f"{value!r} is not a number")
    return int(value)


def word_of(node: Node, tag: str, words: dict[str, T], default: T | None = None) -> T:
    """One of `words`, compared without regard to case; `default` when the element is empty."""
    value = node.value(tag).lower()
    if not value and default is not None:
        return default
    if value not in words:
        raise (node.get(tag) or node).refuse(f"{node.value(tag)!r} is not known here")
    return words[value]


def yes_of(node: Node, tag: str) -> bool:
    return word_of(node, tag, {"yes": True, "no": False, "y": True, "n": False}, False)


def cvx_of(node: Node, tag: str = "cvx") -> str:
    code = two_digits(text_of(node, tag))
    if not code.isdigit():
        raise (node.get(tag) or node).refuse(f"{code!r} is not a CVX code")
    return code


def cvx_list_of(node: Node, tag: str) -> tuple[str, ...]:
    """A list such as `133; 215;216`."""
    codes = tuple(two_digits(part) for part in node.value(tag).split(";") if part.strip())
    if not all(code.isdigit() for code in codes):
        raise (node.get(tag) or node).refuse("a CVX code in the list is not a number")
    return codes


def code_of(node: Node, tag: str) -> str:
    """An observation code that must be there."""
    return three_digits(text_of(node, tag))


def list_of(node: Node, tag: str) -> tuple[str, ...]:
    """Series group codes, parted by semicolon or comma."""
    return tuple(part.strip() for part in re.split(r"[;,]", node.value(tag)) if part.strip())


def window_of(node: Node) -> Window:
    return Window(offset_of(node, "beginAge"), offset_of(node, "endAge"))
