"""How much one document may ask."""

import time
from typing import Any

import pytest
import strawberry
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st
from strawberry.extensions.validation_cache import _get_validate_cache

from graphapi.api.errors import ErrorCode, code_of
from graphapi.api.execution import Schema
from graphapi.api.limits import DocumentLimits


@strawberry.input
class Box:
    """A box that may hold a box."""

    box: "Box | None" = None


@strawberry.type
class Thing:
    """A thing with things."""

    name: str = "thing"

    @strawberry.field
    def thing(self) -> "Thing":
        return self

    @strawberry.field
    def things(self) -> list["Thing"]:
        return []

    @strawberry.field
    def rows(self) -> list[list["Thing"]]:
        return []


@strawberry.type
class Query:
    """The queries."""

    @strawberry.field
    def thing(self, numbers: list[list[int]] | None = None, box: Box | None = None) -> Thing:
        return Thing(name=f"{numbers} {box}") if numbers or box else Thing()


SCHEMA = Schema(query=Query)


async def verdict(query: str, schema: Schema = SCHEMA, **options: Any) -> list[ErrorCode]:
    """Run a document; answers the codes of its errors. Never takes long."""
    start = time.thread_time()
    result = await schema.execute(query, **options)
    assert time.thread_time() - start < 2
    return [code_of(error) for error in result.errors or []]


async def refused(query: str, schema: Schema = SCHEMA) -> str:
    """Run a document that asks too much; answers the sentence that says so."""
    result = await schema.execute(query)
    assert result.data is None
    (error,) = result.errors or []
    assert code_of(error) is ErrorCode.DOCUMENT_TOO_COMPLEX
    return error.message


def bomb(levels: int) -> str:
    """Write fragments that each spread the next one twice."""
    links = (f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(levels))
    return "{...F0}" + "".join(links) + f"fragment F{levels} on Query{{thing{{name}}}}"


@pytest.mark.parametrize("levels", [18, 50])
async def test_a_bomb_of_nested_fragments_is_refused_at_once(levels: int) -> None:
    document = bomb(levels)
    start = time.thread_time()
    assert "root fields" in await refused(document)
    assert time.thread_time() - start < 0.5
    assert len(bomb(18)) < 753


@pytest.mark.parametrize("levels", [61, 200, 5000])
async def test_a_chain_of_fragments_never_exhausts_the_stack(levels: int) -> None:
    assert await refused(bomb(levels))


@pytest.mark.parametrize("depth", [21, 59, 61, 150, 201, 5000])
async def test_deep_selections_are_refused(depth: int) -> None:
    assert await refused("{thing" * depth + "{name}" + "}" * depth)


@pytest.mark.parametrize("depth", [61, 150, 201, 5000])
async def test_deep_inline_fragments_are_refused(depth: int) -> None:
    assert await refused("{...on Query" * depth + "{thing{name}}" + "}" * depth)


async def test_a_selection_of_the_allowed_depth_is_run() -> None:
    assert await verdict("{thing" * 19 + "{name}" + "}" * 19) == []
    assert await verdict("{thing" * 20 + "{name}" + "}" * 20) == [ErrorCode.DOCUMENT_TOO_COMPLEX]


@pytest.mark.parametrize("depth", [100, 5000])
async def test_deep_values_in_the_document_are_refused(depth: int) -> None:
    lists = f"{{thing(numbers: {'[' * depth}{']' * depth}){{name}}}}"
    objects = f"{{thing(box: {'{box: ' * depth}null{'}' * depth}){{name}}}}"
    assert await verdict(lists)
    assert depth == 100 or await refused(objects)


async def test_deep_variables_are_refused() -> None:
    box: dict[str, Any] = {}
    for _ in range(5000):
        box = {"box": box}
    query = "query ($b: Box) { thing(box: $b) { name } }"
    assert await verdict(query, variable_values={"b": box}) == [ErrorCode.BAD_USER_INPUT]


async def test_thousands_of_aliases_are_refused() -> None:
    def roots(count: int) -> str:
        return "{" + " ".join(f"a{n}:thing{{name}}" for n in range(count)) + "}"

    names = " ".join(f"a{n}:name" for n in range(121))
    assert "characters" in await refused(roots(10_000))
    assert "tokens" in await refused(roots(5_000))
    assert "root fields" in await refused(roots(31))
    assert await verdict(roots(30)) == []
    assert "beside one another" in await refused(f"{{ thing {{ {names} }} }}")


async def test_comments_count_as_tokens() -> None:
    assert "tokens" in await refused("{ thing { name } }" + "#\n" * 3_000)


async def test_lists_within_lists_multiply() -> None:
    def nested(lists: int) -> str:
        return "{thing" + "{things" * lists + "{name}" + "}" * (lists + 1)

    assert await verdict(nested(4)) == []
    assert "values" in await refused(nested(5))
    rows = "{ thing { rows { rows { name thing { name } } } } }"
    assert "values" in await refused(rows)


@pytest.mark.parametrize("described", [True, False])
async def test_the_introspection_of_common_tools_passes(described: bool) -> None:  # noqa: FBT001 - a parameter of the test
    query = get_introspection_query(
        descriptions=described,
        specified_by_url=described,
        directive_is_repeatable=described,
        schema_description=described,
        input_value_deprecation=described,
    )
    assert await verdict(query) == []


async def test_introspection_that_goes_round_in_circles_is_refused() -> None:
    inner = "name"
    for _ in range(5):
        inner = f"fields {{ type {{ {inner} }} }}"
    too_complex = [ErrorCode.DOCUMENT_TOO_COMPLEX]
    assert await verdict(f"{{ __schema {{ types {{ {inner} }} }} }}") == too_complex


async def test_a_number_of_countless_digits_is_refused_in_our_words() -> None:
    assert "more than 1,000 digits" in await refused(
        f"{{ __type(name: {'9' * 5_000}) {{ name }} }}"
    )


async def test_fragments_in_a_circle_are_named() -> None:
    query = "{...A} fragment A on Query {...B} fragment B on Query {...A thing {name}}"
    assert await verdict(query) == [ErrorCode.GRAPHQL_VALIDATION_FAILED]


async def test_an_unknown_field_or_fragment_is_named() -> None:
    failed = [ErrorCode.GRAPHQL_VALIDATION_FAILED]
    assert await verdict("{ nothing { at { all } } }") == failed
    assert await verdict("{ ...Nowhere }") == failed
    assert await verdict("{ ... on Nothing { name } }") == failed


async def test_every_operation_of_a_document_is_weighed() -> None:
    large = " ".join(f"a{n}: thing {{ name }}" for n in range(31))
    query = f"query Small {{ thing {{ name }} }} query Large {{ {large} }}"
    assert await verdict(query, operation_name="Small") == [ErrorCode.DOCUMENT_TOO_COMPLEX]


async def test_a_document_is_validated_once() -> None:
    cache: Any = _get_validate_cache(256)
    query = "{ thing { name thing { thing { name } } } }"
    await verdict(query)
    before = cache.cache_info()
    for _ in range(3):
        await verdict(query)
    after = cache.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (3, 0)
    assert after.maxsize == 256


async def test_limits_may_be_chosen() -> None:
    schema = Schema(query=Query, limits=DocumentLimits(depth=1))
    assert "2 deep; at most 1" in await refused("{ thing { name } }", schema)


# What hypothesis writes: selection sets over two fields, inline or as spreads of fragments that
# come later, so that there is no circle.
BRANCHES = st.lists(st.integers(0, 4), min_size=1, max_size=3)


@given(st.lists(BRANCHES, min_size=1, max_size=5))
async def test_a_document_is_refused_just_when_it_is_too_large_written_out(
    fragments: list[list[int]],
) -> None:
    def written_out(number: int) -> int:
        if number >= len(fragments):
            return 1
        return 1 + sum(written_out(number + step) for step in map(next_of, fragments[number]))

    def next_of(branch: int) -> int:
        return branch + 1

    def body(number: int) -> str:
        spreads = " ".join(
            f"...F{number + step}" if number + step < len(fragments) else "name"
            for step in map(next_of, fragments[number])
        )
        return f"fragment F{number} on Thing {{ name {spreads} }}"

    document = "{ thing { ...F0 } }" + "".join(map(body, range(len(fragments))))
    parse(document)
    total = 1 + written_out(0)
    limits = {"root_fields": 10**9, "width": 10**9, "cost": 10**9, "depth": 10**9}
    for most, fits in ((total, True), (total - 1, False)):
        schema = Schema(query=Query, limits=DocumentLimits(fields=most, **limits))
        codes = await verdict(document, schema)
        assert (ErrorCode.DOCUMENT_TOO_COMPLEX not in codes) is fits
