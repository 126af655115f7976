from dataclasses import replace
from datetime import date

from graphapi.domain.models import Lifecycle, Model, ModelKind, told_of_end

DAY = date(2026, 10, 2)
OLD = Model(
    "old", "fal", ModelKind.EDIT, "Makes.", lifecycle=Lifecycle(retires_on=DAY, note="Old.")
)


def test_a_model_whose_announced_end_has_come_stays_usable_and_says_so() -> None:
    told = told_of_end(OLD, DAY)
    assert told.unusable is None
    assert told.lifecycle.retires_on == DAY
    assert (told.lifecycle.note or "").startswith("Old. Its end was announced for 2026-10-02")


def test_before_that_day_and_without_one_nothing_is_said() -> None:
    undated = replace(OLD, lifecycle=Lifecycle())
    assert told_of_end(OLD, date(2026, 10, 1)) == OLD
    assert told_of_end(undated, DAY) == undated
