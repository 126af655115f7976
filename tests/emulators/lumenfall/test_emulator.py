"""The emulator is faithful: the client that Lumenfall itself names gets by with it."""

import base64
from collections.abc import AsyncIterator
from io import BytesIO

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from PIL import Image

from tests.emulators.lumenfall import COST, KEY, MODEL, Fault, LumenfallEmulator, running


def picture(size: tuple[int, int] = (40, 30), mode: str = "RGB") -> BytesIO:
    file = BytesIO()
    Image.new(mode, size, "teal").save(file, "PNG")
    file.seek(0)
    file.name = "still.png"
    return file


@pytest.fixture
def emulator() -> LumenfallEmulator:
    return LumenfallEmulator(shrink=8)


@pytest.fixture
async def client(emulator: LumenfallEmulator) -> AsyncIterator[AsyncOpenAI]:
    async with (
        running(emulator) as url,
        AsyncOpenAI(api_key=KEY, base_url=url, max_retries=0) as client,
    ):
        yield client


async def test_the_official_client_makes_a_picture_from_words(
    client: AsyncOpenAI, emulator: LumenfallEmulator
) -> None:
    answer = await client.images.generate(
        model=MODEL, prompt="A dog.", n=2, size="1024x1024", response_format="url"
    )
    assert answer.data is not None
    assert [item.revised_prompt for item in answer.data] == ["A dog."] * 2
    async with httpx.AsyncClient() as browser:
        first = await browser.get(answer.data[0].url or "")
    with Image.open(BytesIO(first.content)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (128, 128))
    assert answer.model_extra is not None
    assert answer.model_extra["metadata"]["cost"] == pytest.approx(2 * COST)
    assert emulator.posts[0].path == "/images/generations"


async def test_the_official_client_edits_a_picture_with_a_mask(
    client: AsyncOpenAI, emulator: LumenfallEmulator
) -> None:
    answer = await client.images.edit(
        model=MODEL,
        image=picture(),
        mask=picture(mode="RGBA"),
        prompt="From behind.",
        size="1024x1536",
        response_format="b64_json",
        output_format="jpeg",
        extra_body={"enable_web_search": True, "seed": 7},
    )
    assert answer.data is not None
    content = base64.b64decode(answer.data[0].b64_json or "")
    with Image.open(BytesIO(content)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (128, 192))
    (post,) = emulator.made
    assert [file.name for file in post.files] == ["image", "mask"]
    assert post.fields["seed"] == "7"


async def test_the_official_client_edits_several_pictures_at_once(
    client: AsyncOpenAI, emulator: LumenfallEmulator
) -> None:
    await client.images.edit(model=MODEL, image=[picture(), picture()], prompt="Both.")
    assert [file.name for file in emulator.made[0].files] == ["image", "image"]


async def test_a_dry_run_tells_the_price_and_makes_nothing(
    client: AsyncOpenAI, emulator: LumenfallEmulator
) -> None:
    answer = await client.images.generate(
        model=MODEL, prompt="A dog.", n=3, extra_query={"dryRun": "true"}
    )
    assert answer.model_extra is not None
    assert answer.model_extra["estimated"] is True
    assert answer.model_extra["total_cost_micros"] == 201_000
    assert emulator.made == []
    await client.images.edit(
        model=MODEL, prompt="A dog.", image=picture(), extra_query={"dryRun": "true"}
    )
    assert emulator.made == []


async def test_the_models_are_listed(client: AsyncOpenAI) -> None:
    assert MODEL in [model.id async for model in client.models.list()]
    assert (await client.models.retrieve(MODEL)).id == MODEL
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gemini-0")


async def test_refusals_come_as_openai_would_word_them(
    client: AsyncOpenAI, emulator: LumenfallEmulator
) -> None:
    refused: list[tuple[type[openai.APIStatusError], str]] = []
    attempts = [
        client.images.generate(model="gemini-0", prompt="A dog."),
        client.images.generate(model=MODEL, prompt=""),
        client.images.generate(model=MODEL, prompt="A dog.", n=11),
        client.images.edit(model=MODEL, prompt="A dog.", image=BytesIO(b"no picture")),
        client.images.edit(
            model=MODEL, prompt="A dog.", image=picture(), mask=picture((8, 8), "RGBA")
        ),
    ]
    for attempt in attempts:
        with pytest.raises(openai.APIStatusError) as error:
            await attempt
        refused.append((type(error.value), str(error.value.code)))
    emulator.balance = 0.0
    with pytest.raises(openai.APIStatusError) as error:
        await client.images.generate(model=MODEL, prompt="A dog.")
    refused.append((type(error.value), str(error.value.code)))
    invalid = (openai.BadRequestError, "INVALID_REQUEST")
    assert refused == [
        (openai.NotFoundError, "MODEL_NOT_FOUND"),
        *[invalid] * 4,
        (openai.APIStatusError, "INSUFFICIENT_BALANCE"),
    ]
    stranger = client.with_options(api_key="lmnfl_other.key")
    with pytest.raises(openai.AuthenticationError):
        await stranger.images.generate(model=MODEL, prompt="A dog.")
    assert emulator.made == []


async def test_faults_strike_before_or_after_the_picture_is_made(
    client: AsyncOpenAI, emulator: LumenfallEmulator
) -> None:
    for fault, error, made in (
        (Fault(502, {"error": {"code": "ALL_PROVIDERS_EXHAUSTED"}}), openai.InternalServerError, 0),
        (Fault(drop=True), openai.APIConnectionError, 0),
        (Fault(drop=True, accept=True), openai.APIConnectionError, 1),
        (Fault(cut=True), openai.APIConnectionError, 2),
    ):
        emulator.disturb(fault)
        with pytest.raises(error):
            await client.images.generate(model=MODEL, prompt="A dog.")
        assert len(emulator.made) == made
