"""Whatever an argument owns, no caller can send in its place, of any model and however spelled."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.models import LOOKING, Model, ModelKind
from graphapi.domain.options import Options, settle
from graphapi.errors import Refused
from graphapi.providers.model_rows import load_models

MODELS = [model for model in load_models() if model.kind is not ModelKind.ANALYSIS]
SPELLINGS: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.title,
    lambda name: name.replace("_", "-"),
    lambda name: name.replace("_", ""),
    lambda name: name.replace("_", "."),
    lambda name: f"{name}_",
    lambda name: f"_{name}",
    lambda name: f"{name}[]",
    lambda name: f" {name}",
    lambda name: name[0] + name.title().replace("_", "")[1:],
]


def owned(model: Model) -> list[str]:
    """Name what arguments send to a model, read off its row."""
    if model.subject_field:
        return ["model", model.subject_field]
    own = ["model", "prompt", "num_images", "n"]
    own += [model.count_field] if model.count_field else []
    own += [model.image_field] if model.kind in LOOKING and model.image_field else []
    own += [model.ratio_field] if not model.parameter_sent_as(model.ratio_field) else []
    return own + ([model.second_ratio_field] if model.second_ratio_field else [])


VALUES = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
@given(st.data())
def test_what_an_argument_owns_cannot_be_given_in_extra(model: Model, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(owned(model)))
    spelled = data.draw(st.sampled_from(SPELLINGS))(name)
    extra: dict[str, Any] = {spelled: data.draw(VALUES)}
    with pytest.raises(Refused) as refusal:
        settle(model, Options({}, extra))
    assert refusal.value.field == ("options", "extra", spelled)
