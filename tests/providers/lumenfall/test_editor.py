"""Images by Lumenfall, over real HTTP: what is sent, what comes back, and who may see the key."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import httpx
import pytest
from PIL import Image

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.options import Options
from graphapi.errors import ConfigurationError, InDoubt, Rejected
from graphapi.ports.editing import (
    Cancelled,
    CannotKnow,
    Editor,
    EditResult,
    Marker,
    Source,
    SourceRoute,
    Ticket,
)
from graphapi.providers import http
from graphapi.providers.lumenfall import LumenfallEditor
from tests.emulators.lumenfall import COST, KEY, MODEL, Fault, LumenfallEmulator, running
from tests.providers.lumenfall.conftest import FROM_WORDS, SEED, Lumenfall, picture

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def sizes(contents: list[bytes]) -> list[tuple[int, int]]:
    opened = (Image.open(BytesIO(content)) for content in contents)
    return [(each.width, each.height) for each in opened]


async def fetched(result: EditResult) -> list[bytes]:
    async with httpx.AsyncClient() as client:
        return [(await client.get(image.url or "")).content for image in result.images]


async def test_an_edit_goes_out_once_as_a_form_with_the_picture_in_it(lumenfall: Lumenfall) -> None:
    await lumenfall.editor.submit(lumenfall.request())
    (post,) = lumenfall.emulator.posts
    assert post.path == "/images/edits"
    assert post.headers["authorization"] == f"Bearer {KEY}"
    assert post.fields == {
        "model": MODEL,
        "prompt": "A wide shot.",
        "n": "1",
        "size": "1183x887",
        "response_format": "url",
        "seed": str(SEED),
    }
    (file,) = post.files
    assert (file.name, file.filename, file.content_type) == ("image", "source.png", "image/png")
    assert file.content == picture()


async def test_a_picture_from_words_goes_out_as_json(lumenfall: Lumenfall) -> None:
    result = await lumenfall.editor.submit(lumenfall.request(source=FROM_WORDS, images=3))
    (post,) = lumenfall.emulator.posts
    assert (post.path, post.files) == ("/images/generations", [])
    assert post.fields == {
        "model": MODEL,
        "prompt": "A wide shot.",
        "n": 3,
        "size": "1183x887",
        "response_format": "url",
        "seed": SEED,
    }
    assert sizes(await fetched(result)) == [(147, 110)] * 3
    assert result.charged_micros == round(3 * COST * 1e6)


async def test_every_parameter_reaches_lumenfall_in_both_forms(lumenfall: Lumenfall) -> None:
    named = {
        "quality": "hd",
        "style": "vivid",
        "outputFormat": "webp",
        "outputCompression": 80,
        "enableWebSearch": True,
        "limitGenerations": False,
        "safetyTolerance": "2",
        "allowFallbackModel": True,
        "safetyFilterLevel": "block_only_high",
    }
    options = Options(named, {"guidance": 1.5, "nobody_knows": ["a", 1]})
    await lumenfall.editor.submit(lumenfall.request(source=FROM_WORDS, options=options))
    await lumenfall.editor.submit(lumenfall.request(options=options))
    as_json, as_form = lumenfall.emulator.posts
    wanted = {
        "quality": "hd",
        "style": "vivid",
        "output_format": "webp",
        "output_compression": 80,
        "enable_web_search": True,
        "limit_generations": False,
        "safety_tolerance": "2",
        "allow_fallback_model": True,
        "safety_filter_level": "block_only_high",
        "guidance": 1.5,
        "nobody_knows": ["a", 1],
    }
    assert wanted.items() <= as_json.fields.items()
    assert as_form.fields["output_compression"] == "80"
    assert as_form.fields["enable_web_search"] == "true"
    assert as_form.fields["nobody_knows"] == '["a", 1]'
    assert as_form.fields.keys() == as_json.fields.keys()


async def test_a_finished_edit_brings_its_picture_its_bill_and_what_was_said(
    lumenfall: Lumenfall,
) -> None:
    result = await lumenfall.editor.submit(lumenfall.request())
    assert sizes(await fetched(result)) == [(147, 110)]
    assert (result.metadata.width, result.metadata.height) == (147, 110)
    assert result.metadata.description == "A wide shot."
    assert (result.charged_micros, result.billable_units) == (67_000, None)
    assert result.raw["metadata"]["executed_model"] == MODEL
    assert result.raw["headers"]["x-lumenfall-request-id"].startswith("req_")
    assert lumenfall.emulator.charged == COST


async def test_a_picture_inside_the_answer_is_taken_out_of_what_is_kept(
    lumenfall: Lumenfall,
) -> None:
    options = Options({"responseFormat": "b64_json"})
    result = await lumenfall.editor.submit(lumenfall.request(options=options))
    (image,) = result.images
    assert image.url is None
    assert sizes([image.content or b""]) == [(147, 110)]
    assert result.raw["data"] == [{"revised_prompt": "A wide shot."}]


async def test_a_large_picture_inside_the_answer_is_taken(
    lumenfall: Lumenfall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_REPLY_BYTES", 1000)
    lumenfall.emulator.shrink = 1
    options = Options({"responseFormat": "b64_json", "size": "4:3", "resolution": "2K"})
    result = await lumenfall.editor.submit(lumenfall.request(options=options))
    assert sizes([image.content or b"" for image in result.images]) == [(2365, 1774)]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_every_format_that_lumenfall_takes_is_named(lumenfall: Lumenfall, kind: str) -> None:
    await lumenfall.editor.submit(lumenfall.request(source=Source(content=picture(kind))))
    (file,) = lumenfall.emulator.posts[0].files
    assert file.content_type == f"image/{kind.lower()}"
    assert file.filename == f"source.{kind.lower()}"


async def test_several_pictures_go_out_in_order_under_one_name(lumenfall: Lumenfall) -> None:
    coat = Source(content=picture("JPEG", (20, 20)))
    await lumenfall.editor.submit(lumenfall.request(further=(coat,)))
    (post,) = lumenfall.emulator.made
    assert [(file.name, file.content_type) for file in post.files] == [
        ("image", "image/png"),
        ("image", "image/jpeg"),
    ]


async def test_a_mask_goes_along_as_a_file(lumenfall: Lumenfall) -> None:
    mask = picture(mode="RGBA")
    uri = f"data:image/png;base64,{base64.b64encode(mask).decode()}"
    await lumenfall.editor.submit(lumenfall.request(options=Options({"mask": uri})))
    (post,) = lumenfall.emulator.made
    assert "mask" not in post.fields
    assert [(each.name, each.filename, each.content) for each in post.files[1:]] == [
        ("mask", "mask.png", mask)
    ]


@pytest.mark.parametrize(
    ("source", "mask", "code"),
    [
        (Source(url="https://stills.example/a.png"), None, JobErrorCode.SOURCE_MISSING),
        # An edit whose picture is gone must not become a picture from words.
        (Source(), None, JobErrorCode.SOURCE_MISSING),
        (Source(content=picture("TIFF")), None, JobErrorCode.INVALID_INPUT),
        (Source(content=b""), None, JobErrorCode.INVALID_INPUT),
        (Source(content=picture()), "https://stills.example/m.png", JobErrorCode.INVALID_INPUT),
        (Source(content=picture()), "data:image/png;base64,*", JobErrorCode.INVALID_INPUT),
        (Source(content=picture()), "data:image/png;base64,", JobErrorCode.INVALID_INPUT),
        (FROM_WORDS, "data:image/png;base64,AAAA", JobErrorCode.INVALID_INPUT),
    ],
)
async def test_what_lumenfall_could_not_read_is_refused_before_anything_is_sent(
    lumenfall: Lumenfall, source: Source, mask: str | None, code: JobErrorCode
) -> None:
    masked = {"mask": mask} if mask else {}
    request = lumenfall.request(source=source)
    request = replace(request, options={**request.options, **masked})
    with pytest.raises(Rejected) as error:
        await lumenfall.editor.submit(request)
    assert error.value.code is code
    assert lumenfall.emulator.posts == []


async def test_what_was_lost_cannot_be_found_stopped_or_asked_after(lumenfall: Lumenfall) -> None:
    editor = lumenfall.editor
    sighting = await editor.find(Marker(MODEL, "A wide shot.", SEED, NOW, NOW))
    assert isinstance(sighting, CannotKnow)
    assert "dashboard" in sighting.reason
    ticket = Ticket("req_1")
    assert await editor.cancel(ticket) is Cancelled.TOO_LATE
    for asking in (editor.check(ticket), editor.host(b"", "image/png")):
        with pytest.raises(Rejected):
            await asking
    with pytest.raises(Rejected):
        editor.ticket(MODEL, "req_1")
    assert lumenfall.emulator.posts == []


def test_the_editor_says_what_it_is() -> None:
    editor: Editor = LumenfallEditor(key=KEY)
    assert (editor.provider, editor.repeatable) == ("lumenfall", False)
    assert editor.source_route is SourceRoute.BYTES
    # Each waiting request holds a connection, so there is a limit even when none was set.
    assert editor.slots == 4
    assert LumenfallEditor(key=KEY, slots=9).slots == 9


async def test_a_good_key_passes_the_probe_for_nothing(lumenfall: Lumenfall) -> None:
    await lumenfall.editor.probe()
    assert lumenfall.emulator.posts == []


async def test_a_wrong_key_or_address_fails_the_probe() -> None:
    async with running(LumenfallEmulator()) as url:
        for key, address, setting in (
            ("lmnfl_wrong.key", url, "LUMENFALL_API_KEY"),
            (KEY, f"{url}/elsewhere", "GRAPHAPI_LUMENFALL_URL"),
        ):
            editor = LumenfallEditor(key=key, url=address)
            with pytest.raises(ConfigurationError, match=setting) as error:
                await editor.probe()
            await editor.close()
            assert key not in str(error.value)
    gone = LumenfallEditor(key=KEY, url=url)
    with pytest.raises(ConfigurationError, match="GRAPHAPI_LUMENFALL_URL"):
        await gone.probe()
    await gone.close()


def test_a_key_that_cannot_be_a_header_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="LUMENFALL_API_KEY"):
        LumenfallEditor(key="lmnfl\nX: y")


async def test_the_key_that_lumenfall_repeats_is_cut_out(lumenfall: Lumenfall) -> None:
    wrong = LumenfallEditor(key="lmnfl_mine.secret", url=lumenfall.url)
    message = "Invalid API key lmnfl_mine.secret at https://api.lumenfall.ai/x"
    body = {"error": {"message": message, "type": "x", "code": "AUTHENTICATION_FAILED"}}
    lumenfall.emulator.disturb(Fault(401, body))
    with pytest.raises(Rejected) as error:
        await wrong.submit(lumenfall.request())
    await wrong.close()
    assert "secret" not in error.value.message
    assert "[key]" in error.value.message
    assert "api.lumenfall" not in error.value.message


async def test_an_answer_larger_than_allowed_is_a_doubt(
    lumenfall: Lumenfall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphapi.providers.lumenfall.editor.MOST_BYTES", 300)
    editor = LumenfallEditor(key=KEY, url=lumenfall.url)
    with pytest.raises(InDoubt):
        await editor.submit(lumenfall.request())
    await editor.close()
    assert len(lumenfall.emulator.made) == 1
