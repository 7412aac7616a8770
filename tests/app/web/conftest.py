"""The renderer and the sample panel that the page tests share."""

import pytest

from app.settings import ROOT
from app.web.render import Renderer


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer(ROOT)
