"""`chartside worker`: sends what was saved, beside `chartside serve`. Serves no pages."""

import asyncio
import signal
import socket
import sys
from typing import Annotated

import typer

from app.cli.serving import run
from app.errors import AppError, ConfigError
from app.logs import set_up_logging
from app.settings import Settings, load_settings


def worker(
    name: Annotated[
        str, typer.Option("--name", help="the machine's stable name; a number is put behind it")
    ] = "",
) -> None:
    """Carry saved intents to the EHRs, until SIGINT or SIGTERM; any number side by side."""
    try:
        settings = load_settings()
        set_up_logging(settings.log_level)
        run(run_worker(settings, name or socket.gethostname()))
    except ConfigError as exc:
        sys.stderr.write(f"{exc.user_message}\n")
        raise SystemExit(2) from None
    except AppError as exc:
        sys.stderr.write(f"{exc.user_message}\n")
        raise SystemExit(1) from None


async def run_worker(settings: Settings, base: str) -> None:
    """Until a signal; then nothing new, what runs comes to its end, and the claims are free."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    from app.main import build_parts  # not above: the other commands start without the app

    parts = await build_parts(settings)
    member = parts.build_worker(base)
    await member.start()
    sys.stderr.write(f"worker {member.name} is at work\n")
    await stop.wait()
    await member.stop()
    await parts.close()
