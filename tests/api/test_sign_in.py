"""Without a sign-in nothing of anybody's is read, changed or followed."""

from functools import cache
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from graphapi.api.schema import build_schema
from tests.api.house import House, Person
from tests.rules.test_permissions import PUBLIC


@cache
def _documents(kind: str) -> dict[str, str]:
    """Write the smallest document for each root field of a kind."""
    root = getattr(build_schema()._schema, f"{kind}_type")
    return {
        name: f"{kind} {{ {name}{_arguments(field)}{_selection(field)} }}"
        for name, field in root.fields.items()
        if name not in PUBLIC
    }


def _arguments(field: GraphQLField) -> str:
    required = {name: arg for name, arg in field.args.items() if is_required_argument(arg)}
    written = ", ".join(f"{name}: {_value(arg.type)}" for name, arg in required.items())
    return f"({written})" if written else ""


def _value(type_: GraphQLInputType) -> str:
    if is_non_null_type(type_):
        return _value(type_.of_type)
    if is_list_type(type_):
        return "[]"
    if is_input_object_type(type_):
        return _object(type_)
    if isinstance(type_, GraphQLEnumType):
        return str(next(iter(type_.values)))
    return {"ID": '"img_00000000000000000000000000"', "Int": "1", "String": '"x"'}[str(type_)]


def _object(type_: GraphQLInputObjectType) -> str:
    required = {name: f for name, f in type_.fields.items() if is_required_input_field(f)}
    return "{" + ", ".join(f"{name}: {_value(f.type)}" for name, f in required.items()) + "}"


def _selection(field: GraphQLField) -> str:
    return "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"


def _refused(errors: list[dict[str, Any]]) -> bool:
    (error,) = errors
    extensions: dict[str, Any] = error["extensions"]
    return extensions == {"code": "UNAUTHENTICATED"} and "Authorization" in error["message"]


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_whatever_is_not_public_asks_for_a_sign_in(stranger: Person, kind: str) -> None:
    documents = _documents(kind)
    assert len(documents) > 5
    for document in documents.values():
        assert _refused((await stranger.ask(document))["errors"]), document


@pytest.mark.parametrize("name", _documents("subscription"))
async def test_nothing_is_pushed_to_a_stranger(stranger: Person, name: str) -> None:
    async with stranger.socket() as socket:
        await socket.subscribe(_documents("subscription")[name])
        message = await socket.receive()
        assert message["type"] == "error"
        assert _refused(message["payload"])


async def test_a_wrong_token_is_no_sign_in(house: House) -> None:
    answer = await Person(house.http, "gapi_wrong").ask("{ viewer { id } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer
