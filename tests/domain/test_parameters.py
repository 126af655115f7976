"""What each kind of parameter takes, and what it says of what it does not."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.parameters import Parameter, ParameterType, Unfit

SIZES = {"square": (512, 512), "wide": (1024, 576)}
PATH = Parameter("path", "path", ParameterType.STRING, "Where.", minimum=1, required=True)
SCALE = Parameter("howMuch", "scale", ParameterType.NUMBER, "How much.")


def of(type_: ParameterType, **changes: Any) -> Parameter:
    return Parameter("some", "some", type_, "Some.", **changes)


STRING = of(ParameterType.STRING, maximum=5)
WHOLE = of(ParameterType.INTEGER, minimum=2, maximum=50)
NUMBER = of(ParameterType.NUMBER, minimum=0)
SWITCH = of(ParameterType.BOOLEAN)
WORD = of(ParameterType.ENUM, values=("1", "2"))
SIZE = of(ParameterType.SIZE, sizes=SIZES, values=tuple(SIZES), minimum=1, maximum=100)
ITEMS = of(ParameterType.LIST, maximum=2, fields=(PATH, SCALE))
THING = of(ParameterType.OBJECT, fields=(PATH, SCALE))
ANYTHING = of(ParameterType.OBJECT)

TAKEN: list[tuple[Parameter, Any, Any]] = [
    (STRING, "abc", "abc"),
    (WHOLE, 2, 2),
    (WHOLE, 50.0, 50),
    (of(ParameterType.INTEGER), -(2**63), -(2**63)),
    (NUMBER, 2.5, 2.5),
    (SWITCH, False, False),
    (WORD, "2", "2"),
    (WORD, 2, "2"),
    (SIZE, "square", "square"),
    (SIZE, {"width": 1, "height": 100}, {"width": 1, "height": 100}),
    (ITEMS, [{"path": "a", "howMuch": 2}], [{"path": "a", "scale": 2}]),
    (ITEMS, [{"path": "a", "scale": 2}], [{"path": "a", "scale": 2}]),
    (THING, {"path": "a"}, {"path": "a"}),
    (ANYTHING, {"deep": [{"er": None}]}, {"deep": [{"er": None}]}),
    (of(ParameterType.LIST), (1, "two"), [1, "two"]),
]

REFUSED: list[tuple[Parameter, Any, str]] = [
    (STRING, "abcdef", "has 6 characters. Give at most 5 of them."),
    (STRING, 5, "is 5. Give a text."),
    (WHOLE, 1, "is 1. Give 2 to 50."),
    (WHOLE, 51, "is 51. Give 2 to 50."),
    (WHOLE, 2.5, "is 2.5. Give a whole number of at most 64 bits."),
    (WHOLE, True, "is true. Give a whole number of at most 64 bits."),
    (WHOLE, "3", 'is "3". Give a whole number of at most 64 bits.'),
    (of(ParameterType.INTEGER), 2**63, f"is {2**63}. Give a whole number of at most 64 bits."),
    (WHOLE, math.inf, "is Infinity. Give a whole number of at most 64 bits."),
    (NUMBER, -0.1, "is -0.1. Give at least 0."),
    (NUMBER, math.nan, "is NaN. Give a number."),
    (NUMBER, False, "is false. Give a number."),
    (SWITCH, 1, "is 1. Give true or false."),
    (SWITCH, [None, "né"], 'is [null, "né"]. Give true or false.'),
    (SWITCH, "\ud800", 'is "\\ud800". Give true or false.'),
    (WORD, "3", 'is "3". Give one of: 1, 2.'),
    (WORD, True, "is true. Give one of: 1, 2."),
    (SIZE, "huge", 'is "huge". Give one of: square, wide.'),
    (SIZE, {"width": 5}, "Give one of square, wide, or a width and a height."),
    (SIZE, {"width": 0, "height": 5}, "has a width of 0. Give 1 to 100 pixels."),
    (SIZE, {"width": 5, "height": 5.0}, "is 5.0. Give whole pixels as its height."),
    (ITEMS, [{"path": "a"}] * 3, "has 3 items. Give at most 2."),
    (ITEMS, ["a"], 'is "a". Give objects.'),
    (ITEMS, "a", 'is "a". Give a list.'),
    (THING, {"howMuch": 1}, "lacks `path`. Give it."),
    (THING, {"path": "a", "colour": 1}, "has no `colour`. It has: path, howMuch."),
    (THING, {"path": "a", "scale": 1, "howMuch": 2}, "has `howMuch` twice. Give it once."),
    (THING, {"path": ""}, "is wrong in `path`, which has 0 characters. Give at least 1 of them."),
    (THING, [], "is []. Give an object."),
    (ANYTHING, {"deep": [math.nan]}, "holds a number that is not finite. Leave it out."),
]


@pytest.mark.parametrize(("parameter", "value", "sent"), TAKEN)
def test_what_fits_is_sent_in_the_form_that_the_provider_takes(
    parameter: Parameter, value: Any, sent: Any
) -> None:
    conformed = parameter.conform(value)
    assert conformed == sent
    assert type(conformed) is type(sent)


@pytest.mark.parametrize(("parameter", "value", "says"), REFUSED)
def test_what_does_not_fit_is_refused_in_words_that_say_what_to_give(
    parameter: Parameter, value: Any, says: str
) -> None:
    with pytest.raises(Unfit) as caught:
        parameter.conform(value)
    assert str(caught.value).endswith(says)


@given(st.integers())
def test_a_whole_number_passes_exactly_within_its_range(number: int) -> None:
    if 2 <= number <= 50:
        assert WHOLE.conform(number) == number
    else:
        with pytest.raises(Unfit):
            WHOLE.conform(number)


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(Unfit) as caught:
        SWITCH.conform("x" * 5000)
    assert len(str(caught.value)) < 120


def test_sizes_are_known_in_pixels() -> None:
    assert SIZE.dimensions("wide") == (1024, 576)
    assert SIZE.dimensions({"width": 7, "height": 9}) == (7, 9)
    assert SIZE.dimensions("huge") is None
