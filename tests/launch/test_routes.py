"""launch.routes: URLs, headers, cookies, pages."""

import pytest

from launch.models import Binding
from tests.launch.world import APP, World


@pytest.mark.anyio
async def test_an_ehr_launch_opens_the_chart(world: World) -> None:
    opened = await world.open()
    assert (opened.patient, opened.encounter, opened.tenant_id) == ("p1", "e1", "north")
    assert opened.user is not None
    assert (opened.user.fhir_user, opened.user.name) == ("Practitioner/7", "Ada Alvarez")
    assert opened.binding is Binding.COOKIE
    assert world.audit.kinds() == ["launch_opened"]
    assert world.told == [opened]
    session = await world.service.require_session(opened.launch_id, world.cookies.jar)
    assert session.opened == opened
    assert list(world.cookies.jar) == [f"__Host-cs-{opened.launch_id}"]


@pytest.mark.anyio
async def test_callback_leads_to_a_clean_url_of_ours(world: World) -> None:
    asked = await world.launch()
    world.good_token(asked)
    response = await world.callback(asked, headers={"Host": "evil.example"})
    opened = world.told[0]
    assert response.headers["location"] == f"{APP}/l/{opened.launch_id}/"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
