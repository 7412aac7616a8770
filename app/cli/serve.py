"""`chartside serve`: the app on a port, for production behind TLS. Makes no tenants."""

import sys

import uvicorn

from app.cli.serving import require_free_port, run, serve_until_signal
from app.errors import ConfigError
from app.logs import set_up_logging
from app.settings import Settings, load_settings


async def run_app(settings: Settings) -> None:
    """Until SIGINT or SIGTERM; open requests and begun writes end first."""
    require_free_port(settings.host, settings.port, "APP_PORT")
    from app.main import build_app  # not above: the other commands start without the app

    app = await build_app(settings)
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, log_config=None, access_log=False
    )
    await serve_until_signal(config)


def serve() -> None:
    """Serve Chartside; configured by the environment (docs/settings.md)."""
    try:
        settings = load_settings()
        set_up_logging(settings.log_level)
        require_safe(settings)
        run(run_app(settings))
    except ConfigError as exc:
        sys.stderr.write(f"{exc.user_message}\n")
        raise SystemExit(2) from None


def require_safe(settings: Settings) -> None:
    """Raises ConfigError for a public address without TLS: cookies and launches need https."""
    if not settings.public_base_url.startswith("https://") and not settings.allow_http:
        raise ConfigError("PUBLIC_BASE_URL must begin with https:// (ALLOW_HTTP=1 for a trial).")
