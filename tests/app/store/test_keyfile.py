"""The key file is made once, private, and never half."""

import os
import stat
import threading
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.security.keys import RootKeys, encode_root_keys, new_root_keys
from app.store.keyfile import create_key_file, load_key_file, replace_key_file


def test_there_is_none_before_the_first_start(tmp_path: Path) -> None:
    assert load_key_file(tmp_path / "keys") is None


def test_a_new_file_is_private_in_a_private_folder(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys"
    keys = create_key_file(path)
    assert load_key_file(path) == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["keys"]


def test_of_many_first_starts_all_use_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    made: list[RootKeys] = []
    threads = [
        threading.Thread(target=lambda: made.append(create_key_file(path))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8 and all(keys == made[0] for keys in made)
    assert os.listdir(tmp_path) == ["keys"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    create_key_file(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="600"):
        load_key_file(path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(encode_root_keys(new_root_keys())[:-40])
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="damaged"):
        load_key_file(path)


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_key_file(tmp_path / "file" / "keys")


def test_replacing_is_one_step_and_private(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    create_key_file(path)
    keys = new_root_keys()
    replace_key_file(path, keys)
    assert load_key_file(path) == keys
    assert os.listdir(tmp_path) == ["keys"]
