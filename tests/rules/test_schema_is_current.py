"""`schema.graphql` is what the server answers, and what programs may rely on stays in it."""

from graphapi.api.sdl import sdl
from tests.rules.sources import ROOT


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "schema.graphql").read_text()
    assert committed == sdl(), "run `graphapi schema export > schema.graphql` and look at the diff"


def test_the_schema_is_printed_the_same_each_time() -> None:
    assert sdl() == sdl()
