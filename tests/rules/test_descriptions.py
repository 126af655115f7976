"""Whoever opens the schema understands it: everything in it is described, in sentences."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from graphql import get_introspection_query
from strawberry.utils.str_converters import to_camel_case

from graphapi.api.schema import build_schema
from graphapi.domain.words import LIMITS

# Described by the specification of GraphQL, not by us.
GIVEN = {"Boolean", "Float", "ID", "Int", "String"}


@cache
def _types() -> list[dict[str, Any]]:
    result = build_schema().execute_sync(get_introspection_query())
    assert result.data
    return [
        type_
        for type_ in result.data["__schema"]["types"]
        if type_["name"] not in GIVEN and not type_["name"].startswith("__")
    ]


def _described() -> Iterator[tuple[str, str | None]]:
    """Yield the place of everything that has a description, and the description."""
    for type_ in _types():
        name = type_["name"]
        yield name, type_["description"]
        for kind in ("fields", "inputFields", "enumValues"):
            for member in type_[kind] or ():
                place = f"{name}.{member['name']}"
                yield place, member["description"]
                for argument in member.get("args", ()):
                    yield f"{place}({argument['name']})", argument["description"]


def test_everything_is_described() -> None:
    places = dict(_described())
    assert len(places) > 250, "the schema was not read whole"
    assert {place for place, text in places.items() if not (text or "").strip()} == set()


def test_descriptions_are_sentences() -> None:
    shabby = {
        place: text
        for place, text in _described()
        if not re.fullmatch(r"[A-Z0-9`].*[^.]\.", text or "")
    }
    assert shabby == {}


def test_each_scalar_of_ours_names_its_specification() -> None:
    scalars = {type_["name"] for type_ in _types() if type_["kind"] == "SCALAR"}
    assert scalars == {"Date", "DateTime", "Decimal", "JSON", "Long"}
    for type_ in build_schema()._schema.type_map.values():
        if type_.name in scalars:
            assert getattr(type_, "specified_by_url", "").startswith("https://")


@pytest.mark.parametrize(
    "place",
    [
        "CreateImageInput.{}",
        "UpdateImageInput.{}",
        "Mutation.rerunSmartAnalysis({})",
    ],
)
def test_a_text_that_has_a_limit_names_it(place: str) -> None:
    described = dict(_described())
    named = {name: place.format(to_camel_case(name)) for name in LIMITS}
    texts = {name: described[place] for name, place in named.items() if place in described}
    assert len(texts) > 8
    silent = {name for name, text in texts.items() if str(LIMITS[name]) not in (text or "")}
    assert silent == set()
