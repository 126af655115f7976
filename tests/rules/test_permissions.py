"""Nobody forgets to ask for a sign-in: what needs none is listed here, and is nothing else."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, is_list_type, is_non_null_type
from strawberry.types import get_object_definition

from graphapi.api.permissions import SignedIn
from graphapi.api.schema import Mutation, Query, Subscription, build_schema

# Nothing of anybody's can be read or changed by these.
PUBLIC = {"getVariationPrompts", "models", "model", "groups", "categories", "viewer"}


def _roots() -> list[Any]:
    schema = build_schema()
    return [
        pytest.param(field, id=f"{root.__name__}.{schema.config.name_converter.from_field(field)}")
        for root in (Query, Mutation, Subscription)
        for field in get_object_definition(root, strict=True).fields
    ]


@pytest.mark.parametrize("field", _roots())
def test_every_root_field_asks_for_a_sign_in_unless_it_is_public(field: Any) -> None:
    name = build_schema().config.name_converter.from_field(field)
    assert field.permission_classes == ([] if name in PUBLIC else [SignedIn])


def test_every_public_field_exists() -> None:
    query = build_schema()._schema.query_type
    assert query
    assert set(query.fields) >= PUBLIC


def test_every_mutation_answers_a_nullable_payload_with_success_and_user_errors() -> None:
    mutation = build_schema()._schema.mutation_type
    assert mutation
    for name, field in mutation.fields.items():
        payload = field.type
        assert isinstance(payload, GraphQLObjectType), f"{name} is not nullable"
        assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
        assert str(payload.fields["success"].type) == "Boolean!"
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"
        # A refusal has nothing else to answer: it must be nullable, or a list that can be empty.
        required = [field for field in payload.fields.values() if is_non_null_type(field.type)]
        kinds = {str(field.type) for field in required if not is_list_type(field.type.of_type)}
        assert kinds == {"Boolean!"}
