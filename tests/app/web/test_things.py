"""Every resource type that is read has a name in words: no page says `DeviceRequest`."""

from app.sync.read_plan import CHART_TYPES
from app.web.words import EN


def test_every_type_that_is_read_has_its_word() -> None:
    assert set(CHART_TYPES) <= {name for name, _word in EN.things}
