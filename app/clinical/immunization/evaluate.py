"""Evaluation (chapters 4.4 and 6): every dose of an antigen against the targets of one series."""

from collections.abc import Set
from datetime import date

from app.clinical.immunization.frame import Frame, in_force
from app.clinical.immunization.history import Dose
from app.clinical.immunization.intervals import evaluate_intervals
from app.clinical.immunization.offsets import LAST_DAY, add
from app.clinical.immunization.progress import Evaluation, Note, Progress, Reason, Target
from app.clinical.immunization.schedule import Age, Preferred, SeriesDose
from app.clinical.immunization.skips import may_skip


def evaluate_series(frame: Frame, progress: Progress, complete: Set[str]) -> None:
    """Walk the antigen's doses over the series' targets; fills `evaluations` and target states.

    `complete` names the antigen's series groups that already have a complete series.
    """
    index = 0
    for place in frame.records.get(progress.antigen.name, ()):
        condition = _condition_reason(frame.doses[place])
        if not condition:
            index = _skipped_to(index, frame, progress, place, complete)
        if index == len(progress.targets):
            progress.save(place, Evaluation("Extraneous", 0, ("Series Already Complete",)))
            continue
        target = progress.targets[index]
        if condition:
            evaluation = Evaluation("Sub-standard", target.dose.number, (condition,))
        else:
            evaluation = _evaluate(target.dose, frame, progress, place)
        progress.save(place, evaluation)
        if evaluation.status == "Valid":
            target.status, target.place = "Satisfied", place
            progress.valid_count += 1
            index += 1
            if target.dose.recurring:
                progress.targets.insert(index, Target(target.dose))


def _skipped_to(
    index: int, frame: Frame, progress: Progress, place: int, complete: Set[str]
) -> int:
    """The target this dose is held against: skipped ones are marked and passed by."""
    dose, targets = frame.doses[place], progress.targets
    while index < len(targets) and targets[index].dose.evaluation_skips:
        target, day = targets[index], dose.given
        if not may_skip(target.dose, frame, progress, day=day, complete=complete, before=place):
            break
        target.status = "Skipped"
        index += 1
    return index


def _condition_reason(dose: Dose) -> Reason | None:
    if dose.expires is not None and dose.given > dose.expires:
        return "Lot Expired"
    return "Dose Condition" if dose.condition else None


def _evaluate(target: SeriesDose, frame: Frame, progress: Progress, place: int) -> Evaluation:
    """6.3 ends it at once, as 6.1 did before; otherwise all that fails is kept (table 6-31)."""
    dose = frame.doses[place]
    if dose.cvx in target.inadvertent:
        return Evaluation("Not Valid", target.number, ("Inadvertent Vaccine",))
    age_reason, notes = _age(target, frame, dose.given)
    reasons: tuple[Reason, ...] = (age_reason,) if age_reason else ()
    is_kept, interval_notes = evaluate_intervals(target, frame, progress, place)
    if not is_kept:
        reasons += ("Interval: too Soon",)
    if _is_impacted(frame, progress, place):
        reasons += ("Live Virus Conflict",)
    is_usable, vaccine_notes = _vaccine(target, frame, dose)
    if not is_usable:
        reasons += ("Vaccine: Not Preferable or Allowable",)
    if age_reason == "Age: Too Old":
        return Evaluation("Extraneous", target.number, reasons)
    if reasons:
        return Evaluation("Not Valid", target.number, reasons)
    return Evaluation("Valid", target.number, (), notes + interval_notes + vaccine_notes)


def age_in_force(dose: SeriesDose, anchor: date) -> Age | None:
    """The age row in use on `anchor`; none left = no age limits."""
    for age in dose.ages:
        if age.effective is None and age.cessation is None:
            return age
        if in_force(age.effective, age.cessation, anchor):
            return age
    return None


def _age(target: SeriesDose, frame: Frame, given: date) -> tuple[Reason | None, tuple[Note, ...]]:
    age = age_in_force(target, given)
    if age is None:
        return None, ()
    if age.absolute_min is not None and given < frame.ages[age.absolute_min]:
        return "Age: Too Young", ()
    if age.max is not None and given >= frame.ages[age.max]:
        return "Age: Too Old", ()
    is_grace = age.min is not None and given < frame.ages[age.min]
    return None, ("Age: Grace Period",) if is_grace else ()


def _is_impacted(frame: Frame, progress: Progress, place: int) -> bool:
    """6.7: an earlier dose, of whatever antigen, blocks this one."""
    dose = frame.doses[place]
    rows = frame.schedule.conflicts.get(dose.cvx)
    if not rows:
        return False
    blocking = {row.previous for row in rows}
    for earlier in range(place):
        other = frame.doses[earlier]
        if other.cvx not in blocking:
            continue
        for row in rows:
            if row.previous != other.cvx:
                continue
            found = progress.evaluations.get(earlier)
            is_short = found is None or found.status == "Valid"
            end = row.min_end if is_short and row.min_end is not None else row.end
            begins = add(other.given, row.begin) if row.begin else other.given
            if begins <= dose.given < (add(other.given, end) if end else LAST_DAY):
                return True
    return False


def _vaccine(target: SeriesDose, frame: Frame, dose: Dose) -> tuple[bool, tuple[Note, ...]]:
    """6.8 and 6.9: preferable or allowable at this age. Volume only adds a note."""
    for row in target.preferable.get(dose.cvx, ()):
        if _agrees(row, dose) and frame.in_window(dose.given, row.begin, row.end):
            is_less = dose.volume is not None and row.volume is not None
            if is_less and (dose.volume or 0) < (row.volume or 0):
                return True, ("Volume: Less than Recommended",)
            return True, ()
    return frame.in_windows(dose.given, target.allowable.get(dose.cvx, ())), ()


def _agrees(row: Preferred, dose: Dose) -> bool:
    """A blank on either side agrees; two known and different names do not."""
    if row.trade_name and dose.trade_name and row.trade_name.lower() != dose.trade_name.lower():
        return False
    return not row.mvx or not dose.mvx or row.mvx.upper() == dose.mvx.upper()
