"""What every test shares: a process zone that is not UTC, one async backend, the shared data."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import settings

# Not UTC, and not a whole hour from it: code that forgets a zone fails here.
os.environ["TZ"] = "Asia/Kathmandu"
time.tzset()

# A busy machine is not a defect: examples are bounded in number, not in time.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real decks and charts beside the checkout; a test that needs them skips, named, without."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED_DATA
