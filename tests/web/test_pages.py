"""The playground's page, with its own copy of GraphiQL and without."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from graphapi.api.execution import Schema
from graphapi.web.graphql import GraphQLView
from graphapi.web.pages.playground import Playground
from tests.emulators.serving import serve
from tests.web.graphql_app import App, Query

ROOT = Path(__file__).parents[2]
PUBLISHED = json.loads((ROOT / "graphapi/web/pages/graphiql.json").read_text())
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@asynccontextmanager
async def browsing(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    app = App()
    view = GraphQLView(
        Schema(query=Query),
        authenticate=app.authenticate,
        make_context=app.make_context,
        playground=playground.page,
    )
    routes = [Route("/graphql", view), *playground.routes()]
    async with (
        serve(Starlette(routes=routes)) as url,
        httpx.AsyncClient(base_url=url, headers=BROWSER) as client,
    ):
        yield client


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    for file in PUBLISHED:
        (tmp_path / file["name"]).write_text(f"/* {file['name']} */")
    return tmp_path


def addresses(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', page)


async def test_a_bundled_page_loads_everything_from_here(bundle: Path) -> None:
    async with browsing(Playground(bundle)) as http:
        page = await http.get("/graphql")
        loaded = [address for address in addresses(page.text) if address != "data:,"]
        answers = [await http.get(address) for address in loaded]
    assert page.headers["content-type"].startswith("text/html")
    assert len(loaded) == len(PUBLISHED) + 2
    assert [answer.status_code for answer in answers] == [200] * len(loaded)
    assert "https:" not in page.text + page.headers["content-security-policy"]


async def test_an_unbundled_page_loads_pinned_files_that_are_checked(tmp_path: Path) -> None:
    async with browsing(Playground(tmp_path)) as http:
        page = await http.get("/graphql")
    for file in PUBLISHED:
        address = f"{file['package']}@{file['version']}/{file['path']}"
        assert f'{address}" integrity="{file["integrity"]}" crossorigin' in page.text
    foreign = [address for address in addresses(page.text) if address.startswith("https:")]
    assert len(foreign) == page.text.count("integrity=") == len(PUBLISHED)


async def test_a_bundle_made_while_the_server_runs_is_served_at_once(tmp_path: Path) -> None:
    made = tmp_path / "graphiql"
    async with browsing(Playground(made)) as http:
        assert "https://cdn" in (await http.get("/graphql")).text
        assert (await http.get("/playground/graphiql/react.js")).status_code == 404
        made.mkdir()
        for file in PUBLISHED:
            (made / file["name"]).write_text("/* made */")
        page = await http.get("/graphql")
        script = await http.get("/playground/graphiql/react.js")
    assert "https:" not in page.text + page.headers["content-security-policy"]
    assert (script.status_code, script.text) == (200, "/* made */")


async def test_half_a_bundle_is_no_bundle(bundle: Path) -> None:
    (bundle / "react.js").unlink()
    assert not Playground(bundle).bundled


async def test_the_page_may_run_no_script_but_its_own(bundle: Path) -> None:
    async with browsing(Playground(bundle)) as http:
        page = await http.get("/graphql")
    policy = dict(
        rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []
    assert " on" not in re.sub(r">[^<]*<", "><", page.text)


async def test_a_program_that_asks_the_same_address_gets_json(bundle: Path) -> None:
    async with browsing(Playground(bundle)) as http:
        for headers in ({"Accept": "*/*"}, {"Accept": "application/json"}):
            answer = await http.get("/graphql", headers=headers)
            assert answer.status_code == 400
            assert answer.headers["content-type"].startswith("application/json")
        query = await http.get("/graphql", params={"query": "{ echo }"})
    assert query.json() == {"data": {"echo": "hello"}}


async def test_the_page_works_under_a_path_of_a_proxy(bundle: Path) -> None:
    playground = Playground(bundle)
    app = Starlette(routes=[Route("/graphql", playground.page), *playground.routes()])
    transport = httpx.ASGITransport(app, root_path='/a"b')
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        page = await http.get("/a%22b/graphql")
    assert "/a&quot;b/playground/page/playground.js" in page.text
    assert 'a"b' not in page.text


def test_the_lock_installs_just_what_the_page_names() -> None:
    lock = json.loads((ROOT / "graphapi/web/pages/bundling/package-lock.json").read_text())
    for file in PUBLISHED:
        assert lock["packages"][f"node_modules/{file['package']}"]["version"] == file["version"]
    assert not any("resolved" in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_the_first_queries_ask_for_what_the_contract_names() -> None:
    script = (ROOT / "graphapi/web/pages/static/playground.js").read_text()
    for field in (
        "viewer",
        "images",
        "getVariationPrompts",
        "generateVariations",
        "aiStatusChanged",
    ):
        assert re.search(rf"^  {field}\b", script, re.MULTILINE)
