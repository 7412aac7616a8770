"""Texts through the provider's API: what is certain, what is not, and who may report."""

from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.outcome import Refused, Taken, Unknown
from app.channels.texts import TextProvider, is_signed, parse_answer, parse_report, send_text
from sandbox.post.callbacks import build_signature

pytestmark = pytest.mark.anyio

TO = "+16025550148"
BODY = "Clinic: please call. Reply STOP to end."


async def count(control: httpx.AsyncClient) -> int:
    return len((await control.get("/texts", params={"number": TO})).json())


async def test_a_text_arrives_as_written(
    http: httpx.AsyncClient, provider: TextProvider, control: httpx.AsyncClient
) -> None:
    outcome = await send_text(http, provider, to=TO, body=BODY, report_to="")
    (text,) = (await control.get("/texts", params={"number": TO})).json()
    assert outcome == Taken(text["sid"])
    assert (text["body"], text["from"]) == (BODY, provider.sender)


@pytest.mark.parametrize(
    ("effect", "expected", "arrived"),
    [
        ({"execute_then_timeout": True}, Unknown("no_answer"), 1),
        ({"cut": True}, Unknown("no_answer"), 0),
        ({"status": 500}, Unknown("provider_500"), 0),
        ({"status": 503, "headers": {"Retry-After": "7"}}, None, 0),
        ({"status": 429}, Refused("provider_busy"), 0),
        ({"status": 200, "body": "<html>"}, Unknown("unreadable_answer"), 0),
    ],
)
async def test_faults_end_as_what_is_known(
    http: httpx.AsyncClient,
    provider: TextProvider,
    control: httpx.AsyncClient,
    effect: dict[str, object],
    expected: object,
    arrived: int,
) -> None:
    fault = {"match": {"personality": "texts"}, "effect": effect, "times": 1}
    assert (await control.post("/faults", json=fault)).status_code == 200
    patience_s = 1.0 if "execute_then_timeout" in effect else 60.0
    patient = replace(provider, timeout_s=patience_s)
    outcome = await send_text(http, patient, to=TO, body=BODY, report_to="")
    assert outcome == (expected or Refused("provider_busy", retry_after_s=7.0))
    assert await count(control) == arrived


async def test_nobody_there_is_certain(http: httpx.AsyncClient, provider: TextProvider) -> None:
    away = TextProvider("http://127.0.0.1:9", provider.account, provider.token, provider.sender)
    outcome = await send_text(http, away, to=TO, body=BODY, report_to="")
    assert outcome == Refused("provider_unreachable")


async def test_a_number_that_opted_out_is_refused_for_good(
    http: httpx.AsyncClient, provider: TextProvider, control: httpx.AsyncClient
) -> None:
    await control.post("/post", json={"opted_out": [TO]})
    outcome = await send_text(http, provider, to=TO, body=BODY, report_to="")
    assert outcome == Refused("provider_21610", is_final=True, opted_out=True)


async def test_a_bad_number_and_a_wrong_key(
    http: httpx.AsyncClient, provider: TextProvider
) -> None:
    outcome = await send_text(http, provider, to="555", body=BODY, report_to="")
    assert outcome == Refused("provider_21211", is_final=True, bad_address=True)
    stranger = TextProvider(provider.base_url, provider.account, "wrong", provider.sender)
    outcome = await send_text(http, stranger, to=TO, body=BODY, report_to="")
    assert outcome == Refused("provider_20003")


def test_the_token_is_not_shown(provider: TextProvider) -> None:
    assert provider.token not in repr(provider)


forms = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=6)


@given(forms, st.text(max_size=8))
def test_only_the_token_holder_signs(form: dict[str, str], changed: str) -> None:
    url = "https://app.test/hooks/texts/reply"
    signature = build_signature(url, form, "key")
    assert is_signed(url, form, signature, "key")
    assert not is_signed(url + "?x", form, signature, "key")
    assert not is_signed(url, form, signature, "other")
    assert not is_signed(
        url, {**form, "Body": f"{form.get('Body', '')}{changed}!"}, signature, "key"
    )
    assert not is_signed(url, form, changed, "key")


@given(st.integers(100, 599), st.binary(max_size=60))
def test_any_answer_is_an_outcome(status: int, body: bytes) -> None:
    outcome = parse_answer(status, {"retry-after": "soon"}, body)
    if isinstance(outcome, Taken):
        assert status in (200, 201)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"MessageStatus": "delivered"}, ("delivered", "")),
        ({"MessageStatus": "undelivered", "ErrorCode": "30003"}, ("failed", "provider_30003")),
        ({"MessageStatus": "sent"}, ("", "")),
        ({"MessageStatus": "delivered", "ErrorCode": "<script>"}, ("delivered", "")),
        ({}, ("", "")),
    ],
)
def test_reports(form: dict[str, str], expected: tuple[str, str]) -> None:
    assert parse_report(form) == expected
