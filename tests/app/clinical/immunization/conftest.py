"""The release read from CDC's own files, once."""

from pathlib import Path

import pytest

from app.clinical.immunization.schedule import Schedule
from tests.app.clinical.immunization.sheets import load_release


@pytest.fixture(scope="session")
def cdsi(shared_data: Path) -> Path:
    return shared_data / "cdsi"


@pytest.fixture(scope="session")
def release(cdsi: Path) -> Schedule:
    return load_release(cdsi)
