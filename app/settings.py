"""One frozen Settings, the only reader of the environment. Builds nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent


def read_secret(env: Mapping[str, str], name: str) -> str | None:
    """NAME, or the content of the file that NAME_FILE names; a missing file is an error."""
    path = env.get(f"{name}_FILE")
    if path is None:
        return env.get(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise ConfigError(f"{name}_FILE cannot be read.") from exc


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a page waits before it goes on without: for the EHR's answer to a save,
    for the chart that a form needs, for a refresh that a person asked for, for all that a card
    judges by, for a mapping to be tried out and to be carried out over the kept charts. Not
    read from the environment: nobody uses a page that is slower than this. Tests wait longer, so
    that a busy machine changes no page."""

    save_s: float = 8.0
    read_s: float = 10.0
    refresh_s: float = 12.0
    card_s: float = 2.0
    preview_s: float = 4.0
    remake_s: float = 6.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a deployment may choose. Defaults run the embedded product on loopback.

    `public_base_url` is where browsers reach us: every absolute URL comes from it, never from
    the request's Host header. `write_lease_s`: how long a worker may hold a write before another
    takes it up; an attempt ends by itself after three quarters of that.
    `allow_http` is for loopback demos and tests only.
    """

    root: Path = ROOT
    data_dir: Path = ROOT / ".data"
    database_url: str = ""
    public_base_url: str = "http://localhost:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    allow_http: bool = False
    session_idle_s: int = 30 * 60
    session_absolute_s: int = 12 * 60 * 60
    fhir_deadline_s: float = 30.0
    write_lease_s: float = 60.0
    patience: Patience = Patience()
    has_styleguide: bool = False
    value_sets_dir: Path | None = None
    log_level: str = "INFO"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_username: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_ca_file: Path | None = None
    mail_from: str = ""
    mail_from_name: str = ""
    texts_url: str = ""
    texts_account: str = ""
    texts_token: str = field(default="", repr=False)
    texts_from: str = ""

    @property
    def database(self) -> str:
        """SQLAlchemy URL; the embedded SQLite file unless DATABASE_URL says otherwise."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'chartside.db'}"


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment.

    Raises ConfigError with the variable's name when a value cannot be used.
    """
    env = os.environ if env is None else env
    port = _number(env, "APP_PORT", "8000")
    return Settings(
        data_dir=Path(env.get("DATA_DIR", ROOT / ".data")),
        database_url=read_secret(env, "DATABASE_URL") or "",
        public_base_url=env.get("PUBLIC_BASE_URL", f"http://localhost:{port}").rstrip("/"),
        host=env.get("APP_HOST", "127.0.0.1"),
        port=port,
        value_sets_dir=Path(sets) if (sets := env.get("VALUESETS_DIR")) else None,
        allow_http=env.get("ALLOW_HTTP", "") == "1",
        log_level=env.get("LOG_LEVEL", "INFO"),
        **_read_doors(env),
    )


def _number(env: Mapping[str, str], name: str, default: str) -> int:
    text = env.get(name, default)
    if not (text.isascii() and text.isdigit()):
        raise ConfigError(f"{name} must be a number.")
    return int(text)


def _read_doors(env: Mapping[str, str]) -> dict[str, Any]:
    """How messages leave; nothing set = no door, and what is due waits and says so."""
    security = env.get("SMTP_SECURITY", "starttls")
    if security not in ("starttls", "tls", "none"):
        raise ConfigError("SMTP_SECURITY must be starttls, tls or none.")
    if security == "none" and env.get("ALLOW_HTTP", "") != "1":
        raise ConfigError("SMTP_SECURITY none is for a demo on loopback, with ALLOW_HTTP=1.")
    return {
        "smtp_host": env.get("SMTP_HOST", ""),
        "smtp_port": _number(env, "SMTP_PORT", "587"),
        "smtp_security": security,
        "smtp_username": env.get("SMTP_USERNAME", ""),
        "smtp_password": read_secret(env, "SMTP_PASSWORD") or "",
        "smtp_ca_file": Path(ca) if (ca := env.get("SMTP_CA_FILE")) else None,
        "mail_from": env.get("MAIL_FROM", ""),
        "mail_from_name": env.get("MAIL_FROM_NAME", ""),
        "texts_url": env.get("TEXTS_URL", "").rstrip("/"),
        "texts_account": env.get("TEXTS_ACCOUNT", ""),
        "texts_token": read_secret(env, "TEXTS_TOKEN") or "",
        "texts_from": env.get("TEXTS_FROM", ""),
    }
