"""What the log says of a neighbour that is away."""

import logging

import pytest

from graphapi.jobs.outage import Outage

logger = logging.getLogger(__name__)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "no answer in time"),
        (TimeoutError("not within 2 s"), "not within 2 s"),
        (OSError("refused"), "OSError: refused"),
        (OSError(), "OSError"),
    ],
)
def test_an_outage_is_told_once_with_its_reason(
    error: Exception, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    outage = Outage(logger, "The doorbell")
    outage.failed(error)
    outage.failed(error)
    assert caplog.messages == [f"The doorbell fails, and is tried again: {reason}"]


def test_its_end_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outage = Outage(logger, "The doorbell")
    outage.worked()
    outage.failed(OSError("refused"))
    outage.worked()
    outage.worked()
    assert caplog.messages[1:] == ["The doorbell works again"]
