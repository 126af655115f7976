"""Prompts in a person's own words go out to the byte; what roles add goes before them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.wording import LONGEST_PROMPT, check_prompt, check_roles, with_roles
from graphapi.errors import Refused

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300)


@given(TEXT)
def test_a_prompt_is_refused_when_it_is_blank_and_else_kept_to_the_byte(prompt: str) -> None:
    if prompt.strip():
        assert check_prompt(prompt) is prompt
        return
    with pytest.raises(Refused, match="blank"):
        check_prompt(prompt)


def test_a_prompt_may_be_as_long_as_said_and_no_longer() -> None:
    assert check_prompt("x" * LONGEST_PROMPT)
    with pytest.raises(Refused, match="10001 characters"):
        check_prompt("x" * (LONGEST_PROMPT + 1))


@given(TEXT, st.lists(st.none() | TEXT, max_size=5), st.integers(0, 3))
def test_every_role_is_one_line_before_a_prompt_that_stays_as_it_is(
    prompt: str, said: list[str | None], more: int
) -> None:
    said = [role and role[:200] for role in said]
    roles = check_roles(said, len(said) + more)
    assert len(roles) == len(said) + more
    whole = with_roles(prompt, roles)
    assert whole.endswith(prompt)
    added = whole.removesuffix(prompt)
    assert added.count("\n") == (2 if any(roles) else 0)
    for number, role in enumerate(roles, 1):
        assert (f"Image {number} is {role}." in added) is bool(role)


def test_a_role_is_tidied_and_counted_from_one() -> None:
    roles = check_roles((" the actress. ", None, "her\n coat"), 3)
    assert with_roles("Go.", roles) == "Image 1 is the actress. Image 3 is her coat.\n\nGo."
    assert check_roles((" ", ".", "\x00"), 4) == (None,) * 4


@pytest.mark.parametrize(
    ("roles", "inputs", "field"),
    [
        (("a", "b"), 1, ("roles",)),
        (("a", "x" * 201), 2, ("roles", "1")),
        (("a\ud800",), 1, ("roles", "0")),
    ],
)
def test_roles_that_cannot_be_said_are_refused_by_their_place(
    roles: tuple[str, ...], inputs: int, field: tuple[str, ...]
) -> None:
    with pytest.raises(Refused) as caught:
        check_roles(roles, inputs)
    assert caught.value.field == field
