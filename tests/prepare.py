"""What `make test` does before pytest: finds Chromium, or installs it where it may, and says so."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Path of a Chromium on this machine; CHROMIUM in the environment wins."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install_chromium() -> None:
    """Ask the system's package manager, only where that needs no password."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        done = subprocess.run(command, check=False, capture_output=True, timeout=900)
        if done.returncode:
            return


def main() -> int:
    if not find_chromium():
        install_chromium()
    path = find_chromium()
    sys.stderr.write(
        f"chromium: {path}\n"
        if path
        else "chromium: NOT FOUND; all browser tests will be skipped (install it or set CHROMIUM)\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
