"""The built-in analyst: it says what can be measured, and nothing it cannot know."""

import pytest
from PIL import Image

from graphapi.domain.analysis import MAX_DESCRIPTION, MAX_TAG, AnalysedFields, AnalysisContext
from graphapi.domain.failures import JobErrorCode
from graphapi.errors import Rejected
from graphapi.ports.analysis import AnalysisRequest, Analyst
from graphapi.providers.local import LocalAnalyst
from graphapi.providers.local.analyst import describe
from tests.providers.local.pictures import encoded, horizon, person


def _said(color: str | tuple[int, int, int], size: tuple[int, int] = (160, 90)) -> AnalysedFields:
    return describe(encoded(Image.new("RGB", size, color)))


async def test_a_picture_is_measured_at_no_cost() -> None:
    analyst: Analyst = LocalAnalyst()
    content = encoded(person(), "JPEG")
    request = AnalysisRequest("job_1", ("local/pixels",), content, AnalysisContext(), (), ())
    result = await analyst.analyse(request)
    assert (analyst.provider, result.model) == ("local", "local/pixels")
    assert (analyst.repeatable, result.cost_usd) == (True, 0.0)
    assert result == await analyst.analyse(request)


def test_it_says_plainly_that_it_is_a_measurement_and_claims_nothing_else() -> None:
    said = describe(encoded(person()))
    assert said.description is not None
    assert "no AI model" in said.description
    assert len(said.description) <= MAX_DESCRIPTION
    assert all(0 < len(tag) <= MAX_TAG and tag == tag.lower() for tag in said.tags)
    assert said == AnalysedFields(description=said.description, tags=said.tags)


@pytest.mark.parametrize(
    ("size", "word"),
    [
        ((90, 160), "portrait orientation"),
        ((160, 90), "landscape orientation"),
        ((100, 100), "square format"),
        ((300, 100), "panoramic format"),
    ],
)
def test_the_shape_is_named(size: tuple[int, int], word: str) -> None:
    assert word in _said("red", size).tags


@pytest.mark.parametrize(
    ("color", "words"),
    [
        ("#e08030", {"warm tones", "orange"}),
        ("#102060", {"cool tones", "low-key", "dark blue"}),
        ("#fdfdfd", {"black and white", "high-key", "white"}),
        ("#30a030", {"green", "low contrast"}),
    ],
)
def test_light_and_colour_are_named(color: str, words: set[str]) -> None:
    assert words <= set(_said(color).tags)


def test_a_black_and_white_picture_is_called_so() -> None:
    said = describe(encoded(horizon()))
    assert {"black and white", "high contrast"} <= set(said.tags)
    assert said.style == "Black and white"


def test_the_eye_goes_to_the_face() -> None:
    description = describe(encoded(person())).description
    assert description is not None
    assert "the eye goes to the upper centre" in description


def test_a_picture_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Rejected) as refusal:
        describe(b"no picture")
    assert refusal.value.code is JobErrorCode.INVALID_INPUT
