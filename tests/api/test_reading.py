"""Reading a library: by id, page by page, by what is in flight."""

from typing import Any

import pytest
from sqlalchemy import event

from tests.api.house import FAL, NOBODYS, House, Person, until_done

PAGE = """query (
  $first: Int, $after: String, $last: Int, $before: String, $filter: ImageFilter, $search: String
) {
  images(
    first: $first, after: $after, last: $last, before: $before, filter: $filter, search: $search
  ) {
    totalCount
    nodes { title }
    edges { cursor node { title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def titles(page: dict[str, Any]) -> str:
    """The titles of a page, in order."""
    return "".join(node["title"] for node in page["nodes"])


@pytest.mark.parametrize("field", ["image", "generation", "node"])
async def test_whatever_is_not_ones_own_is_null(studio: House, field: str) -> None:
    ada, bob = await studio.person("ada"), await studio.person("bob")
    image = await bob.add()
    asked = await bob.vary(image, model=FAL)
    names = (image, asked["variations"][0]["id"], asked["generation"]["id"], *NOBODYS)
    query = f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}"
    for name in names:
        assert await ada.ask(query, id=name) == {"data": {field: None}}


async def test_a_node_is_whatever_its_id_names(studio: House) -> None:
    ada = await studio.person("ada")
    image = await ada.add(title="Barn")
    asked = await ada.vary(image, 2, model=FAL)
    query = """query ($id: ID!) {
      node(id: $id) { __typename id ... on Image { title } ... on Generation { total } }
    }"""
    assert await ada.read(query, id=image) == {
        "__typename": "Image",
        "id": image,
        "title": "Barn",
    }
    generation = asked["generation"]["id"]
    assert await ada.read(query, id=generation) == {
        "__typename": "Generation",
        "id": generation,
        "total": 2,
    }


@pytest.mark.parametrize(
    "field", ["group", "projectName", "moodboardName", "category", "tag", "color"]
)
async def test_a_blank_condition_does_not_restrict(ada: Person, field: str) -> None:
    await ada.add(title="a")
    assert titles(await ada.read(PAGE, filter={field: " "})) == "a"
    assert titles(await ada.read(PAGE, filter={field: ""})) == "a"


async def test_a_library_is_read_page_by_page_from_either_end(ada: Person) -> None:
    for title in "abcde":
        await ada.add(title=title)
    first = await ada.read(PAGE, first=2)
    assert titles(first) == "ed"
    assert [edge["node"]["title"] for edge in first["edges"]] == ["e", "d"]
    assert first["totalCount"] == 5
    info = first["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    assert info["startCursor"] == first["edges"][0]["cursor"]
    await ada.add(title="f")  # what is added meanwhile repeats no row
    second = await ada.read(PAGE, first=2, after=info["endCursor"])
    assert titles(second) == "cb"
    assert second["pageInfo"]["hasPreviousPage"]
    third = await ada.read(PAGE, first=2, after=second["pageInfo"]["endCursor"])
    assert titles(third) == "a"
    assert not third["pageInfo"]["hasNextPage"]
    oldest = await ada.read(PAGE, last=2)
    assert titles(oldest) == "ba"
    assert oldest["pageInfo"]["hasPreviousPage"]
    before = await ada.read(PAGE, last=2, before=oldest["pageInfo"]["startCursor"])
    assert titles(before) == "dc"
    assert titles(await ada.read(PAGE)) == "fedcba"


async def test_an_empty_library_has_one_empty_page(ada: Person) -> None:
    ends = {"startCursor": None, "endCursor": None}
    assert await ada.read(PAGE) == {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, **ends},
    }


@pytest.mark.parametrize(
    ("asked", "reason", "field"),
    [
        ({"first": 0}, "COUNT_OUT_OF_RANGE", ["first"]),
        ({"first": 101}, "COUNT_OUT_OF_RANGE", ["first"]),
        ({"last": -1}, "COUNT_OUT_OF_RANGE", ["last"]),
        ({"first": 1, "last": 1}, "INVALID_INPUT", ["first"]),
        ({"after": "nonsense"}, "INVALID_INPUT", ["after"]),
        ({"before": "é"}, "INVALID_INPUT", ["before"]),
        ({"filter": {"color": "sky"}}, "INVALID_INPUT", ["filter", "color"]),
        ({"search": "x" * 201}, "INVALID_INPUT", ["search"]),
    ],
)
async def test_a_page_that_cannot_be_is_refused_with_its_reason(
    ada: Person, asked: dict[str, Any], reason: str, field: list[str]
) -> None:
    refused = await ada.refusal(PAGE, **asked)
    assert refused == {"code": "BAD_USER_INPUT", "reason": reason, "field": field}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"filter": {"group": "film"}}, "ba"),
        ({"filter": {"projectName": "Dust"}}, "a"),
        ({"filter": {"moodboardName": "Looks"}}, "b"),
        ({"filter": {"category": "Street"}}, "c"),
        ({"filter": {"tag": "Dusk"}}, "ca"),
        ({"filter": {"tag": "Dusk", "group": "Film"}}, "a"),
        ({"filter": {"status": "ACTIVE"}}, "b"),
        ({"filter": {"status": "DRAFT", "group": None}}, "ca"),
        ({"filter": {"aiStatus": "FAILED"}}, ""),
        ({"search": "red BARN"}, "a"),
        ({"search": "dusk"}, "ca"),
        ({"search": "  "}, "cba"),
    ],
)
async def test_a_library_is_filtered_and_searched(
    ada: Person, asked: dict[str, Any], found: str
) -> None:
    await ada.add(
        title="a", group="Film", projectName="Dust", tags=["dusk"], description="A red barn."
    )
    second = await ada.add(title="b", group="FILM", moodboardName="Looks")
    await ada.add(title="c", category="Street", tags=["dusk", "rain"], description="A barn.")
    await ada.read(
        "mutation ($id: ID!) { updateImage(id: $id, input: {status: ACTIVE}) { success } }",
        id=second,
    )
    page = await ada.read(PAGE, **asked)
    assert titles(page) == found
    assert page["totalCount"] == len(found)


async def test_a_library_is_filtered_by_colour_and_by_parent(studio: House) -> None:
    ada = await studio.person("ada")
    image = await ada.add(title="Coffee")
    await ada.vary(image, 2, model=FAL)
    children = await ada.read(PAGE, filter={"parentImageId": image})
    assert children["totalCount"] == 2
    (color, *_) = await ada.read("query ($id: ID!) { image(id: $id) { colors } }", id=image)
    found = await ada.read("query ($id: ID!) { image(id: $id) { colors } }", id=image)
    for color in found["colors"]:
        assert (await ada.read(PAGE, filter={"color": color}))["totalCount"] == 1


async def test_nobody_sees_another_persons_library(ada: Person, bob: Person) -> None:
    image = await bob.add(title="Bob's", category="Bob's kind")
    await bob.vary(image)
    assert (await ada.read(PAGE))["totalCount"] == 0
    assert (await ada.read(PAGE, filter={"parentImageId": image}))["totalCount"] == 0
    assert await ada.read("{ getProcessingImages { id } }") == []
    assert "Bob's kind" not in await ada.read("{ categories }")


async def test_images_in_flight_are_sources_and_variations_newest_first(studio: House) -> None:
    ada = await studio.person("ada")
    image = await ada.add()
    await ada.add()
    asked = await ada.vary(image, 2, model=FAL)
    children = [variation["id"] for variation in asked["variations"]]
    found = await ada.read("{ getProcessingImages { id } }")
    assert [each["id"] for each in found] == [*reversed(children), image]


async def test_a_long_list_costs_no_more_reads_than_a_short_one(house: House, ada: Person) -> None:
    query = """{ images(first: 50) { nodes {
      variations { id generation { total variations { id } image { id } } parentImage { title } }
    } } }"""
    reads: list[str] = []

    def note(*arguments: Any) -> None:
        reads.append(arguments[2])

    engine = house.server.base.database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    counts = []
    for _ in range(2):
        for _ in range(3):
            image = await ada.add()
            await ada.vary(image, 2)
        # What is being made reads rows of its own: let it end first.
        await until_done(ada)
        reads.clear()
        page = await ada.read(query)
        counts.append(sum("FROM images" in read or "FROM generations" in read for read in reads))
        assert any(node["variations"] for node in page["nodes"])
    event.remove(engine, "before_cursor_execute", note)
    assert counts[0] > 0
    assert counts[0] == counts[1]
