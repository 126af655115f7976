"""What makes two requests the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.images import AspectRatio
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.errors import Refused, UserErrorCode
from graphapi.services.once import Once, fingerprint
from graphapi.services.requests import NewImage, VariationsWanted

PLAIN = VariationsWanted(ModificationMode.SHOT_VARIATION, 4)
WANTED = st.builds(
    VariationsWanted,
    mode=st.sampled_from(ModificationMode),
    count=st.integers(1, 12),
    detail=st.none() | st.text(max_size=5),
    shot_types=st.none() | st.lists(st.sampled_from(ShotType), min_size=1).map(tuple),
    aspect_ratio=st.sampled_from(AspectRatio),
    expires_after=st.none() | st.integers(10, 20),
)


@given(WANTED, WANTED)
def test_requests_have_one_fingerprint_when_they_are_equal_and_two_when_they_are_not(
    one: VariationsWanted, other: VariationsWanted
) -> None:
    assert fingerprint(one) == fingerprint(replace(one))
    assert (fingerprint(one) == fingerprint(other)) is (one == other)


def test_what_has_its_default_does_not_count() -> None:
    # So a later version, which knows more arguments, still recognises the calls of this one.
    assert fingerprint(PLAIN) == fingerprint(replace(PLAIN, model=None, expires_after=None))
    assert fingerprint(PLAIN) != fingerprint(replace(PLAIN, model="local/reframe"))
    assert fingerprint(NewImage("pic_1")) == fingerprint(NewImage("pic_1", words={}))


def test_the_order_of_words_does_not_count() -> None:
    one = NewImage("pic_1", words={"title": "A", "group": "Film"})
    other = NewImage("pic_1", words={"group": "Film", "title": "A"})
    assert fingerprint(one) == fingerprint(other)


def test_a_key_is_tidied_before_it_is_compared() -> None:
    assert Once.of("  key ", "generateVariations").key == "key"
    assert Once.of(None, "generateVariations").key is None
    with pytest.raises(Refused) as refused:
        Once.of("k" * 201, "generateVariations")
    assert refused.value.code is UserErrorCode.INVALID_INPUT
