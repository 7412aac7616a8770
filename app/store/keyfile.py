"""The key file on disk: made once, readable by its owner only. Knows nothing of the database."""

import os
import stat
import tempfile
from pathlib import Path

from app.errors import ConfigError
from app.security.keys import RootKeys, encode_root_keys, new_root_keys, parse_root_keys

KEY_FILE = "chartside.key"
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def load_key_file(path: Path) -> RootKeys | None:
    """The root keys, or None when there is no file.

    Raises ConfigError when others may read it, or when it is damaged.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ConfigError(f"The key file {path.name} cannot be read.") from exc
    with os.fdopen(handle, "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise ConfigError(f"Others may read the key file {path.name}. Set its mode to 600.")
        return parse_root_keys(file.read())


def create_key_file(path: Path) -> RootKeys:
    """Fresh root keys in a new file, or those of whoever made the file first."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    draft = _write_draft(path, encode_root_keys(new_root_keys()))
    try:
        os.link(draft, path)  # fails if the file is there: of two first starts one wins
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    _sync_folder(path.parent)
    keys = load_key_file(path)
    if keys is None:
        raise ConfigError(f"The key file {path.name} vanished while it was made.")
    return keys


def replace_key_file(path: Path, keys: RootKeys) -> None:
    """Puts `keys` in the file's place in one step; the old content is gone afterwards."""
    draft = _write_draft(path, encode_root_keys(keys))
    os.replace(draft, path)
    _sync_folder(path.parent)


def _write_draft(path: Path, content: bytes) -> str:
    """A private, flushed file beside `path`."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), PRIVATE_FILE)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
