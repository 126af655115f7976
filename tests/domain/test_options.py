"""From what was asked to what is sent: nothing is dropped, and every change is told."""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.models import Model, ModelKind
from graphapi.domain.money import Exactness, PriceCard, PriceUnit
from graphapi.domain.options import Handling, Options, Settled, asking_price, priced, settle
from graphapi.domain.parameters import AddressIn, Parameter, ParameterType
from graphapi.errors import Refused, UserErrorCode


def parameter(name: str, wire: str, type_: ParameterType, **changes: Any) -> Parameter:
    return Parameter(name, wire, type_, "Some.", **changes)


SIZES = {"square_hd": (1024, 1024), "landscape_16_9": (1024, 576)}
SEED = parameter("seed", "seed", ParameterType.INTEGER)
STEPS = parameter("steps", "num_steps", ParameterType.INTEGER, minimum=2, maximum=50)
FORMAT = parameter(
    "outputFormat",
    "output_format",
    ParameterType.ENUM,
    values=("jpeg", "png"),
    default="png",
    always=True,
)
TOLERANCE = parameter("tolerance", "tolerance", ParameterType.ENUM, values=("1", "2", "3"))
SIZE = parameter(
    "imageSize", "image_size", ParameterType.SIZE, sizes=SIZES, values=tuple(SIZES), maximum=5000
)
PLAIN = Model(
    "some/model",
    "fal",
    ModelKind.EDIT,
    "Edits.",
    ("16:9", "1:1", "auto"),
    usual_ratio="auto",
    count_field="num_images",
    most_images=4,
    parameters=(FORMAT, SEED, STEPS, TOLERANCE),
)
SIZED = replace(
    PLAIN,
    aspect_ratios=("16:9", "1:1"),
    usual_ratio=None,
    ratio_field="image_size",
    ratio_values={"16:9": "landscape_16_9", "1:1": {"width": 1024, "height": 1024}},
    parameters=(SIZE, SEED),
)


def asked(**named: Any) -> Options:
    return Options(named)


def handlings(settled: Settled) -> dict[str, Handling]:
    return {note.parameter: note.handling for note in settled.notes}


def refusal(model: Model, options: Options, **how: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        settle(model, options, **how)
    return caught.value


def test_what_was_asked_goes_out_by_the_providers_names_in_the_order_of_the_row() -> None:
    settled = settle(PLAIN, asked(steps=30, seed=7, outputFormat="jpeg"), ratio="16:9")
    assert list(settled.wire.items()) == [
        ("num_images", 1),
        ("aspect_ratio", "16:9"),
        ("output_format", "jpeg"),
        ("seed", 7),
        ("num_steps", 30),
    ]
    assert handlings(settled) == {
        "numImages": Handling.RENAMED,
        "aspectRatio": Handling.RENAMED,
        "outputFormat": Handling.RENAMED,
        "seed": Handling.PASSED,
        "steps": Handling.RENAMED,
    }


def test_what_nobody_asked_for_is_sent_only_where_it_must_be_said() -> None:
    settled = settle(PLAIN)
    assert settled.wire == {"num_images": 1, "aspect_ratio": "auto", "output_format": "png"}
    assert handlings(settled)["outputFormat"] is Handling.DEFAULTED
    assert handlings(settled)["aspectRatio"] is Handling.DEFAULTED


def test_a_name_without_a_value_was_not_asked() -> None:
    assert settle(PLAIN, asked(seed=None, quality=None)) == settle(PLAIN)


def test_a_value_in_another_form_is_converted_and_told() -> None:
    settled = settle(PLAIN, Options({}, {"tolerance": 2}))
    assert settled.wire["tolerance"] == "2"
    note = next(note for note in settled.notes if note.parameter == "tolerance")
    assert (note.asked, note.sent, note.handling) == (2, "2", Handling.CONVERTED)


def test_a_parameter_that_the_model_does_not_have_is_refused_and_those_it_has_are_named() -> None:
    error = refusal(PLAIN, asked(quality="high"))
    assert error.code is UserErrorCode.INVALID_INPUT
    assert error.field == ("options", "quality")
    assert error.message == (
        "some/model has no parameter `quality`. It has: outputFormat, seed, steps, tolerance."
    )


def test_a_value_out_of_range_is_refused_by_its_name() -> None:
    error = refusal(PLAIN, asked(steps=51))
    assert error.message == "`steps` is 51. Give 2 to 50."
    assert error.field == ("options", "steps")
    assert refusal(PLAIN, Options({}, {"num_steps": 1})).field == ("options", "extra", "num_steps")


@pytest.mark.parametrize(
    "name",
    [
        "model", "prompt", "image_urls", "num_images", "n", "aspect_ratio",
        "imageUrls", "numImages", "aspectRatio", "PROMPT", "Model", "NUM-IMAGES",
    ],
)  # fmt: skip
def test_what_an_argument_decides_cannot_be_smuggled_in(name: str) -> None:
    error = refusal(PLAIN, Options({}, {name: "x"}))
    assert error.field == ("options", "extra", name)
    assert "argument of its own" in error.message


def test_what_no_argument_of_a_model_sends_may_be_sent_by_who_knows_it() -> None:
    address = "https://stills.example/pose.png"
    assert settle(PLAIN, Options({}, {"image_url": address})).wire["image_url"] == address
    wire = settle(SIZED, Options({}, {"aspect_ratio": "2:1"}), ratio="16:9").wire
    assert (wire["aspect_ratio"], wire["image_size"]) == ("2:1", "landscape_16_9")
    assert "own" in refusal(SIZED, Options({}, {"aspectRatio": "2:1"})).message
    both = replace(SIZED, second_ratio_field="aspect_ratio", second_ratios=("16:9",))
    assert "own" in refusal(both, Options({}, {"aspect_ratio": "2:1"})).message
    shapeless = replace(PLAIN, aspect_ratios=(), usual_ratio=None)
    assert settle(shapeless, Options({}, {"aspect_ratio": "2:1"})).wire["aspect_ratio"] == "2:1"


@pytest.mark.parametrize(
    ("kind", "subject", "free"),
    [(ModelKind.TRANSCRIPTION, "audio_url", "text"), (ModelKind.SPEECH, "text", "audio_url")],
)
def test_what_is_owned_depends_on_the_call(kind: ModelKind, subject: str, free: str) -> None:
    sound = Model("some/sound", "fal", kind, "Sounds.", subject_field=subject, image_field=None)
    extra = {"prompt": "a calm voice", "n": 2, free: "https://sounds.example/a.mp3"}
    assert settle(sound, Options({}, extra)).wire == extra
    for name in (subject, "model", titled(subject)):
        assert "own" in refusal(sound, Options({}, {name: "x"})).message


def titled(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


@pytest.mark.parametrize(
    "name", ["", " ", " model", "model[]", "prompt\u200b", "a" * 101, "é", '"']
)
def test_what_is_no_name_of_a_parameter_is_refused(name: str) -> None:
    error = refusal(PLAIN, Options({}, {name: 1}))
    assert error.field == ("options", "extra", name)
    assert "no name of a parameter" in error.message


def test_what_comes_of_a_choice_is_told_beside_what_became_of_it() -> None:
    inside = parameter("syncMode", "sync_mode", ParameterType.BOOLEAN, warning="It is then lost.")
    model = replace(PLAIN, parameters=(inside,))
    for value, told in ((True, True), (False, False)):
        for options in (asked(syncMode=value), Options({}, {"sync_mode": value})):
            note = settle(model, options).notes[-1]
            assert note.sent is value
            assert note.reason.endswith(" It is then lost.") is told


def test_an_answer_in_pieces_is_refused_before_it_is_paid() -> None:
    assert "in pieces" in refusal(PLAIN, Options({}, {"stream": True})).message


def test_a_known_parameter_is_known_however_it_is_spelled() -> None:
    assert settle(PLAIN, Options({}, {"Output-Format": "jpeg"})).wire["output_format"] == "jpeg"
    twice = {"output_format": "png", "OUTPUT_FORMAT": "jpeg"}
    assert "given twice" in refusal(PLAIN, Options({}, twice)).message


def test_what_only_the_provider_knows_goes_out_untouched() -> None:
    strange = {"strange": {"deep": [1, None]}, "alsoStrange": False}
    settled = settle(PLAIN, Options({}, strange))
    assert strange.items() <= settled.wire.items()
    assert handlings(settled)["strange"] is Handling.PASSED


@pytest.mark.parametrize("name", ["outputFormat", "output_format"])
def test_a_known_parameter_is_known_in_extra_too_by_either_name(name: str) -> None:
    assert settle(PLAIN, Options({}, {name: "jpeg"})).wire["output_format"] == "jpeg"
    error = refusal(PLAIN, Options({"outputFormat": "png"}, {name: "jpeg"}))
    assert "given twice" in error.message


@pytest.mark.parametrize(
    "extra", ["words", ["a"], {"a": math.nan}, {"a": None}, {"a": "x" * 20_000}]
)
def test_extra_that_cannot_be_sent_is_refused(extra: Any) -> None:
    assert refusal(PLAIN, Options({}, extra)).field[:2] == ("options", "extra")


def test_a_shape_goes_out_as_the_model_writes_it() -> None:
    assert settle(SIZED, ratio="16:9").wire["image_size"] == "landscape_16_9"
    assert settle(SIZED, ratio="1:1").wire["image_size"] == {"width": 1024, "height": 1024}
    assert "image_size" not in settle(SIZED).wire


def test_a_shape_that_is_left_out_is_told() -> None:
    follows = replace(PLAIN, ratio_values={"auto": False})
    settled = settle(follows, ratio="auto")
    assert "aspect_ratio" not in settled.wire
    assert handlings(settled)["aspectRatio"] is Handling.CONVERTED


def test_a_shape_goes_out_by_both_names_where_documents_disagree() -> None:
    both = replace(SIZED, second_ratio_field="aspect_ratio", second_ratios=("16:9",))
    wire = settle(both, ratio="16:9").wire
    assert (wire["image_size"], wire["aspect_ratio"]) == ("landscape_16_9", "16:9")
    assert "aspect_ratio" not in settle(both, ratio="1:1").wire


def test_a_shape_that_the_model_cannot_make_is_refused() -> None:
    error = refusal(SIZED, Options(), ratio="21:9")
    assert error.code is UserErrorCode.RATIO_UNSUPPORTED
    assert error.message == "some/model cannot make 21:9 pictures. It makes 16:9, 1:1."
    shapeless = replace(PLAIN, aspect_ratios=(), usual_ratio=None)
    assert "cannot be told a shape" in refusal(shapeless, Options(), ratio="1:1").message


@pytest.mark.parametrize("size", ["landscape_16_9", {"width": 1920, "height": 1080}])
def test_a_size_of_the_same_shape_takes_the_place_of_the_shape(size: Any) -> None:
    settled = settle(SIZED, asked(imageSize=size), ratio="16:9")
    assert settled.wire["image_size"] == size
    assert handlings(settled)["aspectRatio"] is Handling.CONVERTED


@pytest.mark.parametrize("size", ["square_hd", {"width": 1200, "height": 800}])
def test_a_size_of_another_shape_than_was_asked_for_is_refused(size: Any) -> None:
    error = refusal(SIZED, asked(imageSize=size), ratio="16:9")
    assert error.code is UserErrorCode.RATIO_UNSUPPORTED
    assert settle(SIZED, asked(imageSize=size)).wire["image_size"] == size


@pytest.mark.parametrize("images", [0, 5])
def test_more_pictures_than_one_request_makes_are_refused(images: int) -> None:
    assert refusal(PLAIN, Options(), images=images).code is UserErrorCode.COUNT_OUT_OF_RANGE


def test_a_model_that_makes_one_picture_is_told_no_number() -> None:
    single = replace(PLAIN, count_field=None, most_images=1)
    assert "num_images" not in settle(single).wire
    assert "one picture a request" in refusal(single, Options(), images=2).message


def test_what_a_model_needs_must_be_given() -> None:
    needy = replace(PLAIN, parameters=(replace(SEED, required=True),))
    assert "needs the parameter `seed`" in refusal(needy, Options()).message
    assert settle(needy, asked(seed=1)).wire["seed"] == 1


def test_a_price_list_is_told_pixels() -> None:
    wire = settle(SIZED, ratio="16:9").wire
    assert priced(SIZED, wire)["image_size"] == {"width": 1024, "height": 576}
    assert priced(PLAIN, {"output_format": "png"}) == {"output_format": "png"}


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("jpeg")
NAMED = st.dictionaries(st.sampled_from(["outputFormat", "seed", "steps", "quality"]), VALUES)
EXTRA = st.dictionaries(
    st.sampled_from(["seed", "num_steps", "tolerance", "strange", "prompt", "aspectRatio"]),
    VALUES | st.lists(VALUES, max_size=2),
)


@given(NAMED, EXTRA)
def test_whatever_is_asked_is_sent_and_told_or_all_of_it_is_refused(
    named: dict[str, Any], extra: dict[str, Any]
) -> None:
    try:
        settled = settle(PLAIN, Options(named, extra), ratio="16:9")
    except Refused:
        return
    told = {note.sent_as: note for note in settled.notes}
    assert set(told) == set(settled.wire), "everything that is sent is told"
    wires = {each.name: each.wire for each in PLAIN.parameters}
    everything = {**named, **extra}
    for name, value in everything.items():
        if value is None:
            continue
        note = told[wires.get(name, name)]
        assert str(settled.wire[note.sent_as or ""]) in (str(value), str(note.sent))
        assert note.handling is not Handling.DEFAULTED


@given(NAMED, EXTRA)
def test_the_same_question_always_settles_alike(
    named: dict[str, Any], extra: dict[str, Any]
) -> None:
    def outcome() -> Any:
        try:
            return settle(PLAIN, Options(named, extra))
        except Refused as refused:
            return refused.message

    assert outcome() == outcome()


def test_what_only_the_provider_knows_makes_an_exact_price_an_estimate() -> None:
    card = PriceCard(PriceUnit.IMAGE, Decimal("0.15"), Exactness.EXACT)
    model = replace(PLAIN, price_card=card)
    exact = asking_price(model, settle(model).wire)
    guessed = asking_price(model, settle(model, Options(extra={"foo": 1})).wire)
    assert (exact.micros, exact.exactness) == (150_000, Exactness.EXACT)
    assert (guessed.micros, guessed.exactness) == (150_000, Exactness.ESTIMATE)


MASK = parameter("maskUrl", "mask_url", ParameterType.STRING, address=AddressIn.ALWAYS)
WEIGHTS = parameter("weights", "weights", ParameterType.STRING, address=AddressIn.PERHAPS)
OWN = parameter("mask", "mask", ParameterType.STRING, address=AddressIn.INSIDE)
MASKED = replace(PLAIN, parameters=(MASK, WEIGHTS, OWN))
GOOD = ("https://stills.example/mask.png", "data:image/png;base64,iVBORw0KGgo=")
BAD = (
    "mask.png",
    "ftp://stills.example/mask.png",
    "https://ann:secret@stills.example/mask.png",
    "http://10.0.0.5/mask.png",
    "http://storage/mask.png",
    "data:image/png;base64,",
)


@pytest.mark.parametrize("address", GOOD)
def test_an_address_goes_out_as_it_was_given(address: str) -> None:
    extra = {"control_image_url": address, "style_urls": [address, 7]}
    settled = settle(MASKED, Options({"maskUrl": address, "weights": address}, extra))
    assert settled.wire["mask_url"] == settled.wire["weights"] == address
    assert {name: settled.wire[name] for name in extra} == extra


@pytest.mark.parametrize("address", BAD)
def test_an_address_where_no_provider_gets_is_refused_by_its_name(address: str) -> None:
    tries = {
        ("options", "maskUrl"): Options({"maskUrl": address}),
        ("options", "extra", "mask_url"): Options(extra={"mask_url": address}),
        ("options", "extra", "styleUrl"): Options(extra={"styleUrl": address}),
        ("options", "extra", "style_urls"): Options(extra={"style_urls": [GOOD[0], address]}),
    }
    for field, options in tries.items():
        with pytest.raises(Refused) as refusal:
            settle(MASKED, options)
        assert (refusal.value.code, refusal.value.field) == (UserErrorCode.INVALID_INPUT, field)
        assert refusal.value.message.startswith(f"`{field[-1]}` ")
        assert "secret" not in refusal.value.message


def test_what_travels_inside_the_request_must_be_there() -> None:
    web, data = GOOD
    assert settle(MASKED, asked(mask=data)).wire["mask"] == data
    for address in (web, "data:image/png;base64,", "data:image/png;base64,\u00e4", ""):
        with pytest.raises(Refused, match="`mask` is no data URI"):
            settle(MASKED, asked(mask=address))


def test_what_may_be_a_name_is_checked_only_when_it_looks_like_an_address() -> None:
    for name in ("ann/weights", "weights.safetensors", "10.0.0.5"):
        assert settle(MASKED, asked(weights=name)).wire["weights"] == name
    for address in BAD[1:]:
        with pytest.raises(Refused, match="weights"):
            settle(MASKED, asked(weights=address))
