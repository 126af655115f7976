"""A mask lies on the first source: as large as it, and scaled with it."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from graphapi.domain.images import Picture
from graphapi.domain.masks import content_of
from graphapi.domain.models import Model, ModelKind
from graphapi.domain.options import Handling, Options, settle
from graphapi.domain.parameters import AddressIn, MaskSize, Parameter, ParameterType
from graphapi.domain.sources import SourceLimits
from graphapi.errors import Refused, UserErrorCode

AT_AN_ADDRESS = "https://stills.example/mask.png"
NARROW = SourceLimits(longest_side=100)


def mask(size: tuple[int, int] = (200, 150), kind: str = "PNG", mode: str = "L") -> str:
    """Draw a mask, as a data URI."""
    file = BytesIO()
    Image.new(mode, size).save(file, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def model(size: MaskSize | None, limits: SourceLimits = NARROW) -> Model:
    """A model that takes a mask."""
    told = "Where to edit."
    text, address = ParameterType.STRING, AddressIn.ALWAYS
    parameter = Parameter("maskUrl", "mask_url", text, told, address=address, mask=size)
    return Model("m", "p", ModelKind.EDIT, told, parameters=(parameter,), source_limits=limits)


def source(width: int = 200, height: int = 150) -> Picture:
    return Picture("uploads/a", "image/png", width, height, 1000, "0", "", (), {})


def refusal(wanted: Model, options: Options, sources: list[Picture]) -> Refused:
    with pytest.raises(Refused) as refused:
        settle(wanted, options, sources=sources)
    assert refused.value.code is UserErrorCode.INVALID_INPUT
    return refused.value


def test_a_mask_of_another_size_is_refused_where_it_must_have_its_pictures() -> None:
    wanted, given = model(MaskSize.EQUAL), mask((100, 150))
    named = refusal(wanted, Options({"maskUrl": given}), [source(), source(100)])
    assert named.field == ("options", "maskUrl")
    assert "100 x 150 pixels, and its picture 200 x 150" in named.message
    extra = refusal(wanted, Options(extra={"mask_url": given}), [source()])
    assert extra.field == ("options", "extra", "mask_url")


@pytest.mark.parametrize(
    "given", [mask(kind="JPEG"), "data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,AAAA"]
)
def test_what_is_no_png_is_refused_where_only_that_is_taken(given: str) -> None:
    for wanted in (MaskSize.EQUAL, MaskSize.TRANSPARENT):
        refused = refusal(model(wanted), Options({"maskUrl": given}), [source()])
        assert refused.message.startswith("`maskUrl` is no PNG.")


@pytest.mark.parametrize("given", ["data:image/png;base64,AAAA", "data:image/png;base64,iVBORw0K"])
def test_what_begins_as_no_picture_is_refused_whatever_is_taken(given: str) -> None:
    refused = refusal(model(MaskSize.ANY), Options({"maskUrl": given}), [source()])
    assert refused.message.startswith("`maskUrl` is no picture.")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_any_kind_of_picture_is_taken_where_nobody_asks_for_one(kind: str) -> None:
    given = mask((7, 7), kind)
    settled = settle(model(MaskSize.ANY), Options({"maskUrl": given}), sources=[source()])
    assert settled.wire["mask_url"] == given


def test_a_mask_without_transparency_is_refused_where_that_is_what_marks() -> None:
    wanted = model(MaskSize.TRANSPARENT)
    refused = refusal(wanted, Options({"maskUrl": mask(mode="RGB")}), [source()])
    assert "has no transparency" in refused.message
    file = BytesIO()
    Image.new("P", (200, 150)).save(file, "PNG", transparency=0)
    keyed = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    for given in (mask(mode="RGBA"), mask(mode="LA"), keyed):
        settled = settle(wanted, Options({"maskUrl": given}), sources=[source()])
        assert settled.wire["mask_url"] == given


def test_a_mask_needs_a_picture_to_lie_on() -> None:
    wanted = model(MaskSize.ANY)
    refused = refusal(wanted, Options({"maskUrl": mask()}), [])
    assert "none is given" in refused.message
    # Which picture it will be is not known in every plan.
    assert settle(wanted, Options({"maskUrl": mask()})).wire["mask_url"] == mask()


def test_a_mask_to_be_fetched_cannot_lie_on_a_picture_that_is_too_large() -> None:
    options = Options({"maskUrl": AT_AN_ADDRESS})
    refused = refusal(model(MaskSize.ANY), options, [source()])
    assert "100 pixels a side" in refused.message
    assert "data URI" in refused.message
    small = settle(model(MaskSize.ANY), options, sources=[source(100, 75), source()])
    assert small.wire["mask_url"] == AT_AN_ADDRESS


@pytest.mark.parametrize(
    ("size", "given", "sources"),
    [
        (MaskSize.EQUAL, mask(), [source()]),
        (MaskSize.ANY, mask((7, 7), "JPEG"), [source()]),
        (None, AT_AN_ADDRESS, [source()]),
    ],
)
def test_any_other_mask_is_sent(size: MaskSize | None, given: str, sources: list[Picture]) -> None:
    settled = settle(model(size), Options({"maskUrl": given}), sources=sources)
    assert settled.wire["mask_url"] == given


def test_that_a_mask_is_scaled_is_told() -> None:
    options = Options({"maskUrl": mask()})
    for sources, handling in (([source()], Handling.CLAMPED), ([source(9, 9)], Handling.RENAMED)):
        notes = settle(model(MaskSize.ANY), options, sources=sources).notes
        (note,) = [note for note in notes if note.parameter == "maskUrl"]
        assert note.handling is handling
        given = base64.b64decode(mask().partition(",")[2])
        in_short = f"data:image/png;base64,... ({len(given)} bytes, 200 x 150)"
        scaled = "data:image/png;base64,... (100 x 75)"
        assert (note.asked, note.sent) == (
            in_short,
            scaled if handling is Handling.CLAMPED else in_short,
        )


def test_any_file_in_a_data_uri_is_told_in_short_and_sent_whole() -> None:
    sound, short = f"data:audio/wav;base64,{'A' * 100}", "data:audio/wav;base64,AAAA"
    extra = {"ref": [{"sound_url": sound}], "short": short, "words": "data: none"}
    settled = settle(model(None), Options(extra=extra))
    told = {note.parameter: note.sent for note in settled.notes}
    assert told["ref"] == [{"sound_url": "data:audio/wav;base64,... (75 bytes)"}]
    assert (told["short"], told["words"]) == (short, "data: none")
    assert settled.wire == extra


def test_only_a_data_uri_has_content() -> None:
    assert content_of("DATA:image/png;base64,AAAA") == b"\0\0\0"
    assert content_of(AT_AN_ADDRESS) is None
