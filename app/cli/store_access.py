"""How commands reach the store and how they answer: JSON lines or plain lines, exit 0, 1 or 2."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
import typer

from app.errors import AppError, ConfigError, InvalidInput, NotFound
from app.settings import Settings, load_settings
from app.store.db import Store, open_store
from app.store.keyfile import KEY_FILE

T = TypeVar("T")

WHO = "system:cli"
"""The actor of what a command changes; the operating system knows who typed it."""


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="text, or JSON lines")]
TenantOption = Annotated[str, typer.Option("--tenant", help="the EHR connection's id")]


def run_command(work: Callable[[Store, Settings], Awaitable[T]]) -> T:
    """What `work` answers, with the store open; exits 2 for wrong use, 1 for anything else."""
    try:
        return asyncio.run(_with_store(work))
    except (ConfigError, NotFound, InvalidInput) as exc:
        stop(exc.user_message, 2)
    except AppError as exc:
        stop(exc.user_message, 1)


def stop(message: str, code: int) -> NoReturn:
    """Says why on stderr and ends."""
    sys.stderr.write(f"{message}\n")
    raise typer.Exit(code)


def emit(rows: Iterable[Mapping[str, Any]], form: Format) -> None:
    """One line per row on stdout."""
    for row in rows:
        if form is Format.JSON:
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
        else:
            shown = (f"{name}: {_show(value)}" for name, value in row.items())
            sys.stdout.write(" · ".join(shown) + "\n")


def _show(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(str(item) for item in value) or "-"
    return str(value)


async def _with_store(work: Callable[[Store, Settings], Awaitable[T]]) -> T:
    settings = load_settings()
    store = await open_store(settings.database, settings.data_dir / KEY_FILE)
    try:
        return await work(store, settings)
    finally:
        await store.close()
