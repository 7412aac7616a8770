"""Settings: every variable is documented, bad values are named, secrets come by file."""

import re
from pathlib import Path

import pytest

from app.cli.demo import load_demo
from app.cli.serve import require_safe
from app.errors import ConfigError
from app.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]


def test_every_variable_is_documented_and_none_is_invented() -> None:
    source = (ROOT / "app" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:env\.get|read_secret\(env,|_number\(env,)\(?\s*"([A-Z_]+)"', source))
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert documented == read


def test_only_settings_reads_the_environment() -> None:
    readers = [
        p.relative_to(ROOT).as_posix()
        for p in (ROOT / "app").rglob("*.py")
        if re.search(r"os\.(environ|getenv)", p.read_text(encoding="utf-8"))
    ]
    assert set(readers) <= {"app/settings.py", "app/cli/demo.py"}


def test_a_bad_port_is_named() -> None:
    with pytest.raises(ConfigError, match="APP_PORT"):
        load_settings({"APP_PORT": "eighty"})
    with pytest.raises(ConfigError, match="EHR_PORT"):
        load_demo({"EHR_PORT": "x"})


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql+asyncpg://db/chartside\n", encoding="utf-8")
    settings = load_settings({"DATABASE_URL_FILE": str(file)})
    assert settings.database == "postgresql+asyncpg://db/chartside"
    with pytest.raises(ConfigError, match="DATABASE_URL_FILE"):
        load_settings({"DATABASE_URL_FILE": str(tmp_path / "absent")})


def test_production_needs_https() -> None:
    with pytest.raises(ConfigError, match="https"):
        require_safe(load_settings({}))
    require_safe(load_settings({"PUBLIC_BASE_URL": "https://chartside.example"}))
    require_safe(load_settings({"ALLOW_HTTP": "1"}))


def test_the_demo_is_two_sites_on_loopback(tmp_path: Path) -> None:
    demo = load_demo({"APP_PORT": "8001", "EHR_PORT": "9001", "DATA_DIR": str(tmp_path)})
    assert demo.settings.public_base_url == "http://localhost:8001"
    assert demo.ehr == "http://127.0.0.1:9001"
    assert demo.settings.database.endswith("chartside.db")


@pytest.mark.parametrize(
    ("env", "word"),
    [
        ({"SMTP_SECURITY": "maybe"}, "SMTP_SECURITY"),
        ({"SMTP_SECURITY": "none"}, "loopback"),
        ({"SMTP_PORT": "²"}, "SMTP_PORT"),
    ],
)
def test_mail_leaves_encrypted_or_not_at_all(env: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        load_settings(env)


def test_secrets_of_the_doors_are_not_shown() -> None:
    settings = load_settings({"SMTP_PASSWORD": "hush-one", "TEXTS_TOKEN": "hush-two"})
    assert (settings.smtp_password, settings.texts_token) == ("hush-one", "hush-two")
    assert "hush" not in repr(settings)
