"""The README's first five minutes, run as written."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from graphapi.cli.models import matrix
from graphapi.domain.models import ModelKind
from graphapi.providers.model_rows import load_models
from graphapi.providers.prices import load_prices
from tests.api.house import House, Person, open_house, until_done
from tests.emulators.fal import FalEmulator, running
from tests.emulators.fal.sounds import silence

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```graphql\n(.*?)```", README.read_text(), re.DOTALL)
DOCUMENTS = {re.split(r"[\s({]", block)[1]: block for block in BLOCKS}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def ada(house: House) -> Person:
    person = await house.person("ada")
    user = await house.server.use_cases.users.authenticate(person.token or "")
    assert user
    await house.server.use_cases.samples.add_once(user)
    return person


async def newest(person: Person) -> str:
    library = await person.read(DOCUMENTS["Library"])
    assert library["totalCount"] >= 3
    return str(library["nodes"][0]["id"])


def test_every_step_of_the_first_five_minutes_is_known_here() -> None:
    assert list(DOCUMENTS) == [
        "Library", "Preview", "Watch", "Make", "Upload", "Add", "Cost", "Spent", "Abilities",
        "Imagine", "Compose", "Transcribe", "Heard", "Speak", "Again",
    ]  # fmt: skip


async def test_what_the_preview_shows_is_what_is_made(ada: Person) -> None:
    image_id = await newest(ada)
    preview = await ada.read(DOCUMENTS["Preview"], imageId=image_id)
    made = await ada.read(DOCUMENTS["Make"], imageId=image_id)
    assert made["success"] is True
    assert made["image"]["aiStatus"] == "PROCESSING"
    assert [variation["prompt"] for variation in made["variations"]] == preview


async def test_the_watcher_sees_every_variation_arrive(ada: Person) -> None:
    image_id = await newest(ada)
    async with ada.socket() as socket:
        await socket.subscribe(DOCUMENTS["Watch"])
        made = await ada.read(DOCUMENTS["Make"], imageId=image_id)
        awaited = {image_id, *(variation["id"] for variation in made["variations"])}
        while awaited:
            message = await socket.receive()
            event = message["payload"]["data"]["aiStatusChanged"]
            assert event["error"] is None
            if event["aiStatus"] == "COMPLETED":
                assert event["image"]["previewUrl"]
                awaited.discard(event["image"]["id"])


async def test_a_still_of_ones_own_is_uploaded_and_analysed(ada: Person) -> None:
    assert (await ada.read(DOCUMENTS["Upload"]))["uploadUrl"].startswith("http")
    added = await ada.read(DOCUMENTS["Add"], storageId=await ada.upload())
    assert added["success"] is True
    assert added["image"]["aiStatus"] == "PROCESSING"
    assert len(added["image"]["colors"]) == 5


async def test_what_a_model_can_be_told_is_shown(ada: Person) -> None:
    model = await ada.read(DOCUMENTS["Abilities"])
    assert model["usable"] is False
    assert "resolution" in {parameter["name"] for parameter in model["parameters"]}


async def test_images_in_ones_own_words_are_made(tmp_path: Path) -> None:
    fal = FalEmulator(shrink=16, seconds=0)
    async with running(fal) as url, open_house(tmp_path, url) as studio:
        bob = await studio.person("bob")
        imagined = await bob.read(DOCUMENTS["Imagine"])
        assert imagined["success"], imagined
        assert (imagined["generation"]["total"], imagined["price"]["amount"]) == (2, "0.30")
        ids = [await bob.add(), await bob.add()]
        rehearsed = await bob.read(DOCUMENTS["Compose"], imageIds=ids, dryRun=True)
        (item,) = rehearsed["plan"]["items"]
        assert item["prompt"].startswith("Image 2 is the wardrobe reference.\n\nThe person of")
        composed = await bob.read(DOCUMENTS["Compose"], imageIds=ids)
        (image,) = composed["images"]
        assert (image["parentImageId"], image["prompt"]) == (ids[0], item["prompt"])
        await until_done(bob)
    assert [post.input and post.input["num_images"] for post in fal.ledger.accepted] == [2, 1]


def test_the_table_of_what_models_can_do_is_current() -> None:
    table = matrix(load_models(), load_prices())
    assert table in README.read_text(), "put the output of `graphapi models --markdown` there"


def test_the_example_of_models_of_ones_own_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text(), re.DOTALL)
    (tmp_path / "models.toml").write_text(example)
    models = {model.id: model for model in load_models(tmp_path / "models.toml")}
    assert models["fal-ai/some/new-model"].kind is ModelKind.EDIT
    assert models["fal-ai/nano-banana-pro/edit"].endpoint.startswith("fal-ai/gemini-3-pro")


async def test_what_it_costs_is_known_before_and_after(ada: Person) -> None:
    image_id = await newest(ada)
    plan = await ada.read(DOCUMENTS["Cost"], imageId=image_id)
    assert [item["price"]["amount"] for item in plan["items"]] == ["0.00"] * 4
    assert plan["price"] | {"source": None, "asOf": None} == {
        "amount": "0.00",
        "currency": "USD",
        "exactness": "EXACT",
        "source": None,
        "asOf": None,
    }
    await ada.read(DOCUMENTS["Make"], imageId=image_id)
    await until_done(ada)
    spent = await ada.read(DOCUMENTS["Spent"])
    assert spent["settled"] == {"amount": "0.00", "exactness": "EXACT", "unknownCount": 0}
    assert {"model": "local/reframe", "settled": {"amount": "0.00"}} in spent["models"]


async def test_a_voice_note_is_heard_and_a_text_is_spoken(tmp_path: Path) -> None:
    async with running(FalEmulator()) as url, open_house(tmp_path, url) as house:
        ada = await house.person("ada")
        address = (await ada.read(DOCUMENTS["Upload"]))["uploadUrl"]
        uploaded = await ada.http.post(
            httpx.URL(address).raw_path.decode(),
            content=silence(2),
            headers={"Content-Type": "audio/wav"},
        )
        asked = await ada.read(DOCUMENTS["Transcribe"], storageId=uploaded.json()["storageId"])
        said = await ada.read(DOCUMENTS["Speak"])
        assert (asked["success"], said["success"]) == (True, True)
        ids = [asked["recording"]["id"], said["recording"]["id"]]
        ended: dict[str, str] = {}
        async with asyncio.timeout(20), ada.socket() as socket:
            await socket.subscribe(DOCUMENTS["Heard"], variables={"ids": ids})
            while len(ended) < len(ids):
                event = (await socket.receive())["payload"]["data"]["recordingStatusChanged"]
                assert event["error"] is None
                if event["aiStatus"] == "COMPLETED":
                    ended[event["id"]] = event["text"]
        assert ended[ids[0]] == "Later, she turns. It lasts 2 seconds."
        assert ended[ids[1]] == "Later that night, she comes back alone."
        again = await ada.read(DOCUMENTS["Again"], id=ids[1])
        assert (again["success"], again["outcome"], again["price"]) == (True, "NOT_NEEDED", None)
        assert [each["state"] for each in again["recording"]["attempts"]] == ["SUCCEEDED"]
