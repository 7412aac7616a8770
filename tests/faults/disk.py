"""A small disk of a fault run's own: filled to the last byte, freed, shown read-only.

A tmpfs, so that "no space left" comes from the kernel and not from a pretence. Where this machine
lets nobody mount one, the cells that want it say so.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SIZE_MB = 384
"""Room for PostgreSQL's own files with their journal; what is left of it is filled in a moment."""
BLOCK = b"\0" * (1 << 20)


@dataclass(slots=True)
class SmallDisk:
    folder: Path
    _views: list[Path] = field(default_factory=list)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Until not one byte more fits."""
        handle = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for size in (len(BLOCK), 4096, 1):
                with contextlib.suppress(OSError):
                    while os.write(handle, BLOCK[:size]):
                        pass
        finally:
            os.close(handle)

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def show_read_only(self, view: Path) -> None:
        """The same files at `view`, where nobody may write."""
        view.mkdir()
        _mount("--bind", str(self.folder), str(view))
        self._views.append(view)
        _mount("-o", "remount,bind,ro", str(view))

    def close(self) -> None:
        for folder in (*reversed(self._views), self.folder):
            subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


def _mount(*words: str) -> None:
    """Raises LookupError with what the system said."""
    try:
        done = subprocess.run(["mount", *words], check=False, capture_output=True, text=True)
    except OSError:
        raise LookupError("there is no mount command here") from None
    if done.returncode:
        raise LookupError("no disk can be mounted here: it takes root, in an open container")


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Raises LookupError where nothing may be mounted."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0755", "chartside-faults", str(folder))
    disk = SmallDisk(folder)
    try:
        yield disk
    finally:
        disk.close()
