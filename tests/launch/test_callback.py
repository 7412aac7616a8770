"""launch.callback, completion and start: is the answer ours, and every way in which it is not."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from launch.callback import CallbackAnswer, parse_callback
from launch.models import Binding, CookieMode, OpenedLaunch, Registration, TokenSet
from tests.launch.memory import MemoryRegistry
from tests.launch.small_ehr import BASE, ORIGIN
from tests.launch.world import FRAMED, REGISTRATION, Cookies, World


async def refused(
    world: World, asked: dict[str, str], shown: str, status: int = 400, /, **params: Any
) -> str:
    """The page of a refused callback; nothing was opened, and the audit knows the code."""
    response = await world.callback(asked, **params)
    assert response.status_code == status, response.text
    assert shown in response.text
    assert world.audit.events[-1].kind == "launch_denied"
    assert world.audit.events[-1].code == shown
    assert not world.store.launches
    assert "set-cookie" not in response.headers
    return response.text


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("state", "s"), ("code", "c")], CallbackAnswer("s", "c")),
        ([("state", "s"), ("error", "e"), ("iss", "i")], CallbackAnswer("s", None, "e", "i")),
        ([("state", "s"), ("state", "s"), ("code", "c")], CallbackAnswer(None, "c")),
        ([("state", "s"), ("code", "c"), ("code", "d")], CallbackAnswer("s", None)),
        ([("state", ""), ("code", "")], CallbackAnswer(None)),
        ([], CallbackAnswer(None)),
    ],
)
def test_a_repeated_parameter_counts_as_absent(
    pairs: list[tuple[str, str]], expected: CallbackAnswer
) -> None:
    assert parse_callback(pairs) == expected


class Broken(MemoryRegistry):
    async def by_tenant(self, tenant_id: str) -> Registration | None:
        raise RuntimeError("no database")


@pytest.mark.anyio
async def test_state_missing(world: World) -> None:
    await refused(world, {"state": ""}, "state.missing")


@pytest.mark.anyio
async def test_state_unknown_and_used(world: World) -> None:
    await refused(world, {"state": "made-up"}, "state.unknown")
    asked = await world.launch()
    world.good_token(asked)
    assert (await world.callback(asked)).status_code == 303
    world.ehr.asked.clear()
    response = await world.callback(asked)
    assert response.status_code == 400 and "state.unknown" in response.text
    assert world.ehr.asked == [], "a used state must not cause a token request"
    assert len(world.store.launches) == 1


@pytest.mark.anyio
async def test_of_two_simultaneous_callbacks_one_wins(world: World) -> None:
    asked = await world.launch()
    world.good_token(asked)
    answers = await asyncio.gather(*(world.callback(asked) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [303, 400, 400, 400, 400]
    assert world.ehr.paths().count("/token") == 1


@pytest.mark.anyio
async def test_state_expired(world: World) -> None:
    asked = await world.launch()
    world.clock.forward(minutes=10)
    assert "ten minutes" in await refused(world, asked, "state.expired")


@pytest.mark.anyio
async def test_state_of_another_session(world: World) -> None:
    asked = await world.launch()
    (name,) = world.cookies.jar
    world.cookies.jar[name] = "another-browser"
    await refused(world, asked, "state.other_session")
    assert world.ehr.paths().count("/token") == 0


@pytest.mark.anyio
@pytest.mark.parametrize("mode", list(CookieMode))
async def test_another_browser_that_has_the_url_but_no_cookie(
    world: World, mode: CookieMode
) -> None:
    """Not in a frame, or of another kind: then a missing cookie means another browser."""
    world.register(replace(REGISTRATION, cookie_mode=mode))
    asked = await world.launch()
    world.cookies.jar.clear()
    await refused(world, asked, "state.other_session", headers={"User-Agent": "another", **FRAMED})
    assert world.ehr.paths().count("/token") == 0


@pytest.mark.anyio
async def test_a_missing_cookie_outside_a_frame_is_another_browser(world: World) -> None:
    for begun, ended in ((None, None), (FRAMED, None), (None, FRAMED)):
        asked = await world.launch(headers=begun)
        world.cookies.jar.clear()
        await refused(world, asked, "state.other_session", headers=ended)


@pytest.mark.anyio
async def test_strict_tenants_refuse_blocked_cookies(world: World) -> None:
    world.register(replace(REGISTRATION, cookie_mode=CookieMode.STRICT))
    asked = await world.launch(headers=FRAMED)
    world.cookies.jar.clear()
    page = await refused(world, asked, "state.other_session", headers=FRAMED)
    assert "allow cookies" in page


@pytest.mark.anyio
async def test_mix_up_between_two_tenants(world: World) -> None:
    south = replace(REGISTRATION, tenant_id="south", iss="https://south.example.org/fhir")
    world.registry.registrations.append(south)
    asked = await world.launch()
    response = await world.get("/callback/south", code="c", state=asked["state"])
    assert response.status_code == 400 and "state.mix_up" in response.text
    assert world.ehr.paths().count("/token") == 0


@pytest.mark.anyio
async def test_mix_up_by_the_iss_parameter(world: World) -> None:
    asked = await world.launch()
    await refused(world, asked, "state.mix_up", iss="https://evil.example")
    asked = await world.launch()
    world.good_token(asked)
    assert (await world.callback(asked, iss=ORIGIN)).status_code == 303


@pytest.mark.anyio
async def test_a_callback_for_no_tenant(world: World) -> None:
    response = await world.get("/callback/nobody", code="c", state="s")
    assert response.status_code == 400 and "state.unknown" in response.text
    assert world.audit.events[-1].tenant_id is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "declined"),
        ("invalid_scope", "permissions"),
        ("invalid_request", "already used"),
        ("server_error", "Wait a minute"),
        ("temporarily_unavailable", "busy"),
    ],
)
async def test_each_authorization_error_says_what_to_do(
    world: World, error: str, words: str
) -> None:
    asked = await world.launch()
    page = await refused(
        world, asked, f"authorization.{error}", 403, code=None, error=error,
        error_description="<script>alert(1)</script> Anna Smith",
    )  # fmt: skip
    assert words in page
    assert "script" not in page and "Anna" not in page
    assert all("Anna" not in event.detail for event in world.audit.events)
    await refused(world, asked, "state.unknown")  # and it has used the state up


@pytest.mark.anyio
async def test_an_unregistered_error_code_is_not_echoed(world: World) -> None:
    asked = await world.launch()
    await refused(world, asked, "authorization.other", 403, code=None, error="<b>x")


@pytest.mark.anyio
async def test_an_error_without_state_is_shown_and_opens_nothing(world: World) -> None:
    response = await world.get("/callback/north", error="access_denied")
    assert response.status_code == 403 and "authorization.access_denied" in response.text


@pytest.mark.anyio
async def test_both_code_and_error_and_neither(world: World) -> None:
    await refused(world, await world.launch(), "authorization.both", 403, error="access_denied")
    await refused(world, await world.launch(), "authorization.no_code", 403, code=None)
    assert world.ehr.paths().count("/token") == 0


@pytest.mark.anyio
async def test_no_patient_though_patient_scopes_were_granted(world: World) -> None:
    asked = await world.launch()
    world.good_token(asked, patient=None)
    assert "Open a patient" in await refused(world, asked, "context.no_patient", 403)


@pytest.mark.anyio
async def test_a_worklist_without_patient(world: World) -> None:
    opened = await world.open(patient=None, scope="openid fhirUser user/Patient.rs")
    assert opened.patient is None


@pytest.mark.anyio
@pytest.mark.parametrize("scope", ["", "openid fhirUser launch online_access", None])
async def test_a_grant_that_permits_nothing(world: World, scope: str | None) -> None:
    asked = await world.launch()
    world.good_token(asked, scope=scope)
    assert "permits" in await refused(world, asked, "context.no_scope", 403)


@pytest.mark.anyio
async def test_id_token_absent_though_asked(world: World) -> None:
    asked = await world.launch()
    world.ehr.answer_token(None)
    await refused(world, asked, "id_token.absent", 502)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nonce": "of another launch"}, "nonce"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "client-2"}, "audience"),
        ({"exp": 1}, "expired"),
    ],
)
async def test_id_token_bad(world: World, changes: dict[str, Any], reason: str) -> None:
    asked = await world.launch()
    claims = world.ehr.claims(now=world.clock().timestamp(), nonce=asked["nonce"]) | changes
    world.ehr.answer_token(world.ehr.sign(claims))
    await refused(world, asked, f"id_token.{reason}", 502)


@pytest.mark.anyio
async def test_a_tenant_that_does_not_ask_who_it_is(world: World) -> None:
    world.register(replace(REGISTRATION, scopes_v2=("patient/Patient.rs",)))
    response = await world.get("/launch", iss=BASE, launch="h")
    assert "nonce=" in response.headers["location"]
    state = response.headers["location"].split("state=")[1].split("&")[0]
    world.ehr.answer_token(None)
    assert (await world.callback({"state": state})).status_code == 303
    assert world.told[0].user is None


@pytest.mark.anyio
async def test_expires_in_absent(world: World) -> None:
    opened = await world.open(expires_in=None)
    world.clock.forward(hours=3)
    tokens = await world.service.current_tokens(opened.launch_id)
    assert tokens.access_token == "access-1"
    assert world.ehr.paths().count("/token") == 1


@pytest.mark.anyio
async def test_two_charts_opened_together_do_not_disturb_each_other(world: World) -> None:
    first, second = await world.launch(), await world.launch()
    world.good_token(second, patient="p2")
    assert (await world.callback(second)).status_code == 303
    world.good_token(first, patient="p1")
    assert (await world.callback(first)).status_code == 303
    assert [opened.patient for opened in world.told] == ["p2", "p1"]
    assert len(world.cookies.jar) == 2
    for opened in world.told:
        session = await world.service.require_session(opened.launch_id, world.cookies.jar)
        assert session.opened.patient == opened.patient
    assert len({tuple(sorted(asked.values())) for asked in (first, second)}) == 2


@pytest.mark.anyio
async def test_what_goes_wrong_in_on_opened_does_not_undo_the_launch(world: World) -> None:
    async def fail(_opened: OpenedLaunch, _tokens: TokenSet | None) -> None:
        raise RuntimeError("no chart today")

    parts = replace(world.service.parts, on_opened=fail)
    world.service.parts = parts
    assert (await world.open()).binding is Binding.COOKIE
    world.service.parts = replace(parts, on_opened=None)
    world.cookies = Cookies()
    assert (await world.open()).binding is Binding.COOKIE


@pytest.mark.anyio
async def test_the_app_makes_ready_only_for_a_callback_of_ours(world: World) -> None:
    expected: list[tuple[str, int]] = []

    def prepare(registration: Registration) -> None:
        expected.append((registration.tenant_id, world.ehr.paths().count("/token")))
        raise RuntimeError("not ready today")  # does not stop the launch

    world.service.parts = replace(world.service.parts, on_expected=prepare)
    await refused(world, {"state": "made-up"}, "state.unknown")
    asked = await world.launch()
    await refused(world, asked, "authorization.access_denied", 403, code="", error="access_denied")
    world.cookies = Cookies()
    asked = await world.launch()
    world.cookies = Cookies()
    await refused(world, asked, "state.other_session")
    assert expected == []
    assert (await world.open()).binding is Binding.COOKIE
    assert expected == [("north", 0)]  # before the code went out


@pytest.mark.anyio
async def test_a_store_that_does_not_answer_opens_nothing(world: World) -> None:
    asked = await world.launch()
    world.good_token(asked)
    world.pending.registry = Broken([])
    with pytest.raises(RuntimeError, match="no database"):
        await world.callback(asked)
    assert not world.store.launches and not world.told


@pytest.mark.anyio
async def test_no_secret_is_left_behind(world: World) -> None:
    """Tokens, code, verifier, nonce, session: in no header but our cookie, no page, no audit."""
    asked = await world.launch()
    (pending,) = world.pending.records.values()
    world.good_token(asked)
    response = await world.callback(asked)
    (session,) = world.cookies.jar.values()
    secrets = ("access-1", "refresh-1", "code-1", pending.code_verifier, pending.nonce)
    seen = f"{response.text} {response.headers} {world.audit.events}"
    assert not [secret for secret in secrets if secret in seen]
    assert session not in repr(world.store.launches) and session not in repr(world.audit.events)
    for thing in (pending, *world.store.tokens.values()):
        assert not [secret for secret in secrets if secret in repr(thing)]
