"""Every failure says whether to try again and who must act."""

import pytest

from graphapi.domain.failures import REMEDIES, Failure, JobErrorCode, WhoActs


def test_every_code_has_its_remedy() -> None:
    assert set(REMEDIES) == set(JobErrorCode)


@pytest.mark.parametrize("code", JobErrorCode)
def test_a_failure_knows_its_remedy(code: JobErrorCode) -> None:
    assert Failure(code, "It failed. Try again.").remedy is REMEDIES[code]


@pytest.mark.parametrize("code", [JobErrorCode.SUBMIT_UNKNOWN, JobErrorCode.CONTENT_POLICY])
def test_what_may_cost_again_is_left_to_a_person(code: JobErrorCode) -> None:
    assert not REMEDIES[code].retryable
    assert REMEDIES[code].who_acts is WhoActs.CALLER


@pytest.mark.parametrize("code", JobErrorCode)
def test_what_cannot_be_tried_again_names_somebody_who_acts(code: JobErrorCode) -> None:
    remedy = REMEDIES[code]
    assert remedy.retryable or remedy.who_acts is not WhoActs.NOBODY


@pytest.mark.parametrize(
    "code", [JobErrorCode.INSUFFICIENT_BALANCE, JobErrorCode.PROVIDER_CREDENTIALS]
)
def test_money_and_keys_are_the_operators_to_mend(code: JobErrorCode) -> None:
    assert REMEDIES[code].who_acts is WhoActs.OPERATOR
