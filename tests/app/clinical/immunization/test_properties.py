"""What must hold for any history, tried on random ones against the shipped table."""

from datetime import date, timedelta
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.clinical.immunization import (
    Dose,
    GroupForecast,
    History,
    Schedule,
    Seen,
    forecast_patient,
    parse_table,
)
from app.clinical.immunization.schedule import Gender
from app.sync.schedule_in_force import SHIPPED

AS_OF = date(2025, 11, 10)
GENDERS: tuple[Gender, ...] = ("Male", "Female", "Unknown")
few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@cache
def shipped() -> Schedule:
    return parse_table(SHIPPED.read_bytes())


def forecasts(history: History, as_of: date = AS_OF) -> dict[str, GroupForecast]:
    found = forecast_patient(history, shipped(), as_of=as_of)
    return {one.group: one for one in found}


@st.composite
def histories(draw: st.DrawFn, *, observed: bool = True) -> History:
    """A patient of any age with up to nine doses of any vaccine, most of them early in life."""
    born = AS_OF - timedelta(days=draw(st.integers(0, 365 * draw(st.sampled_from([1, 7, 19, 80])))))
    ages = st.one_of(st.integers(0, 600), st.integers(0, 365 * 80))
    given_doses = draw(st.lists(st.tuples(ages, st.sampled_from(sorted(shipped().vaccines)))))
    doses = tuple(
        Dose(id=f"d{i}", given=born + timedelta(days=age), cvx=cvx)
        for i, (age, cvx) in enumerate(given_doses[:9])
        if age <= (AS_OF - born).days
    )
    codes = draw(st.lists(st.sampled_from(sorted(shipped().observations)), max_size=3))
    return History(
        birth_date=born,
        gender=draw(st.sampled_from(GENDERS)),
        doses=doses,
        observations=tuple(Seen(code=code) for code in codes) if observed else (),
    )


@few
@given(histories(), st.sampled_from(sorted(shipped().vaccines)), st.integers(0, 2000))
def test_a_vaccine_that_a_group_does_not_look_at_changes_nothing(
    history: History, cvx: str, ago: int
) -> None:
    extra = Dose(id="extra", given=AS_OF - timedelta(days=ago), cvx=cvx)
    before = forecasts(history)
    after = forecasts(replace(history, doses=(*history.doses, extra)))
    antigens = {part.antigen for part in shipped().vaccines[cvx].associations}
    for group in shipped().groups:
        if antigens.isdisjoint(group.antigens) and cvx not in group.watched:
            assert after.get(group.name) == before.get(group.name)


@few
@given(histories(), st.integers(0, 2000))
def test_an_unknown_vaccine_changes_nothing(history: History, ago: int) -> None:
    extra = Dose(id="extra", given=AS_OF - timedelta(days=ago), cvx="9999")
    assert forecasts(replace(history, doses=(*history.doses, extra))) == forecasts(history)


@few
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_telling_changes_nothing(history: History, random: object) -> None:
    doses, seen = list(history.doses), list(history.observations)
    random.shuffle(doses)  # type: ignore[attr-defined]  # hypothesis hands out a Random
    random.shuffle(seen)  # type: ignore[attr-defined]  # likewise
    told = replace(history, doses=tuple(doses), observations=tuple(seen))
    assert forecasts(told) == forecasts(history)


@few
@given(histories())
def test_what_lies_after_the_day_is_not_seen(history: History) -> None:
    later = AS_OF + timedelta(days=1)
    told = replace(
        history,
        doses=(*history.doses, Dose(id="later", given=later, cvx="03")),
        observations=(*history.observations, Seen(code="080", when=later)),
    )
    assert forecasts(told) == forecasts(history)


@few
@given(histories(observed=False), st.sampled_from(["earliest", "recommended"]))
def test_a_dose_given_on_its_earliest_or_recommended_date_is_valid(
    history: History, which: str
) -> None:
    """Without observations: an indication that begins at an age changes which series counts."""
    for group, one in forecasts(history).items():
        dates = one.shown.dates
        if dates is None or not one.shown.usable:
            continue
        day = max(AS_OF, dates.earliest if which == "earliest" else dates.recommended)
        if dates.latest is not None and day > dates.latest:
            continue
        dose = Dose(id="new", given=day, cvx=one.shown.usable[0])
        after = forecasts(replace(history, doses=(*history.doses, dose)), as_of=day)[group]
        verdict = next(v for v in after.doses if v.id == "new")
        assert verdict.status == "Valid", (group, verdict)


@few
@given(histories())
def test_dates_stand_in_order_and_only_while_something_is_needed(history: History) -> None:
    for one in forecasts(history).values():
        dates = one.shown.dates
        assert (dates is not None) == (one.shown.status == "Not Complete")
        assert (one.shown.number is not None) == (dates is not None)
        if dates is not None:
            assert dates.earliest <= dates.recommended
            assert dates.past_due is None or dates.past_due >= dates.earliest
