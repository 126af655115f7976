import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from graphapi.errors import ConfigurationError, Refused, UserErrorCode
from graphapi.ports.pictures import Fetcher
from graphapi.storage.fetcher import SafeFetcher
from tests.emulators.serving import serve
from tests.storage.certificates import Authority
from tests.storage.web import LOOPBACK, PICTURE, Names, Web, http_answer, raw_server

PUBLIC = "93.184.215.14"
MOST_BYTES = 20_000

UNREACHABLE = UserErrorCode.SOURCE_UNREACHABLE
NOT_AN_IMAGE = UserErrorCode.SOURCE_NOT_AN_IMAGE
TOO_LARGE = UserErrorCode.SOURCE_TOO_LARGE


# Starting and stopping a server for each test would take most of the time.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Web]:
    web = Web()
    async with serve(web.app) as base:
        web.base = base
        yield web


@pytest.fixture
def web(served: Web) -> Web:
    """A server that has not been asked anything yet."""
    served.seen.clear()
    return served


@pytest.fixture
def trusting(web: Web) -> SafeFetcher:
    """A fetcher that may reach the server on this machine."""
    return SafeFetcher([web.base], most_bytes=MOST_BYTES)


async def _refused(fetched: Awaitable[bytes]) -> Refused:
    with pytest.raises(Refused) as refusal:
        await fetched
    assert refusal.value.message.endswith((".", ".)"))
    return refusal.value


def _refused_unasked(fetcher: SafeFetcher, url: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        fetcher.check(url)
    assert refusal.value.code is UNREACHABLE
    return refusal.value


async def test_it_is_what_the_use_cases_ask_for() -> None:
    port: Fetcher = SafeFetcher()
    assert port


async def test_a_picture_is_fetched(web: Web, trusting: SafeFetcher) -> None:
    assert await trusting.fetch(f"{web.base}/picture") == PICTURE


@pytest.mark.parametrize(
    "kind", ["image/png", "IMAGE/WEBP; q=1", "application/octet-stream", "binary/octet-stream", ""]
)
async def test_a_picture_by_any_usual_type_is_fetched(
    web: Web, trusting: SafeFetcher, kind: str
) -> None:
    assert await trusting.fetch(f"{web.base}/picture?type={kind}") == PICTURE


@pytest.mark.parametrize("kind", ["text/html", "application/json", "video/mp4", "imagery/png"])
async def test_a_page_is_not_an_image(web: Web, trusting: SafeFetcher, kind: str) -> None:
    refusal = await _refused(trusting.fetch(f"{web.base}/picture?type={kind}"))
    assert refusal.code is NOT_AN_IMAGE
    assert "not that of the page" in refusal.message


@pytest.mark.parametrize("code", [204, 206, 304, 401, 403, 404, 500, 503])
async def test_any_answer_but_200_is_no_picture(web: Web, trusting: SafeFetcher, code: int) -> None:
    refusal = await _refused(trusting.fetch(f"{web.base}/status/{code}"))
    assert refusal.code is UNREACHABLE
    assert str(code) in refusal.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "picture.jpg",
        "/picture.jpg",
        "//example.com/x.jpg",
        "ftp://example.com/x.jpg",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "gopher://127.0.0.1:6379/_INFO",
        "http://",
        "http:///x.jpg",
        "http://example.com:0/x.jpg",
        "http://example.com:99999/x.jpg",
        "http://example.com:port/x.jpg",
        "http://[::1/x.jpg",
        "http://exam\nple.com/",
        "http://a\0b/",
        "http://me:secret@example.com/x.jpg",
        "http://me@example.com/x.jpg",
        "http://" + "a" * 70_000,
    ],
)
async def test_what_is_no_web_address_is_refused_unasked(url: str) -> None:
    names = Names()
    refusal = await _refused(SafeFetcher(resolver=names).fetch(url))
    assert refusal.code is UNREACHABLE
    assert "https:// or http://" in refusal.message or "user name" in refusal.message
    assert names.asked == []
    assert _refused_unasked(SafeFetcher(resolver=names), url).message == refusal.message


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
    ],
)
async def test_this_machine_is_not_reached_however_it_is_spelled(web: Web, host: str) -> None:
    refusal = await _refused(SafeFetcher().fetch(f"http://{host}:{web.port}/picture"))
    assert refusal.code is UNREACHABLE
    assert web.seen == []
    unasked = _refused_unasked(SafeFetcher(), f"http://{host}:{web.port}/picture")
    assert unasked.message == refusal.message


async def test_a_check_follows_no_address_and_looks_no_name_up(
    web: Web, trusting: SafeFetcher
) -> None:
    names = Names(inner_example=[[LOOPBACK]])
    SafeFetcher(resolver=names).check("https://inner.example/picture")
    trusting.check(f"{web.base}/picture")
    assert (names.asked, web.seen) == ([], [])


async def test_whoever_gives_an_address_of_ours_is_told_of_its_storage_id(web: Web) -> None:
    fetcher = SafeFetcher(own_addresses=[f"{web.base}/"])
    ours = await _refused(fetcher.fetch(f"{web.base}/media/pic/large.webp?expires=1"))
    assert (ours.code, web.seen) == (UNREACHABLE, [])
    assert ours.message == "This server need not fetch from itself: give the `storageId` instead."
    other = await _refused(fetcher.fetch(f"http://127.0.0.1:{web.port + 1}/media"))
    assert "No public address" in other.message


async def test_a_public_name_with_a_private_address_is_not_reached(web: Web) -> None:
    for addresses in ([LOOPBACK], [PUBLIC, LOOPBACK], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"]):
        names = Names(inner_example=[addresses])
        url = f"http://inner.example:{web.port}/picture"
        refusal = await _refused(SafeFetcher(resolver=names).fetch(url))
        assert refusal.code is UNREACHABLE
    assert web.seen == []


async def test_a_private_name_reads_as_one_that_does_not_exist() -> None:
    fetcher = SafeFetcher(resolver=Names(inner_example=[["10.0.0.1"]]))
    private = await _refused(fetcher.fetch("http://inner.example/"))
    missing = await _refused(fetcher.fetch("http://missing.example/"))
    assert private.message == missing.message


async def test_the_connection_goes_to_the_address_that_was_checked(web: Web) -> None:
    # A name that changes its mind: asked a second time, it would lead elsewhere.
    names = Names(still_example=[[LOOPBACK], ["::1"]])
    origin = f"http://still.example:{web.port}"
    assert await SafeFetcher([origin], resolver=names).fetch(f"{origin}/picture") == PICTURE
    assert names.asked == ["still.example"]
    assert web.seen[0].headers["Host"] == f"still.example:{web.port}"


async def test_a_name_is_asked_again_for_every_fetch_and_every_redirect(web: Web) -> None:
    names = Names(still_example=[[LOOPBACK]])
    origin = f"http://still.example:{web.port}"
    fetcher = SafeFetcher([origin], resolver=names)
    await fetcher.fetch(f"{origin}/picture")
    await fetcher.fetch(f"{origin}/again/2")
    assert len(names.asked) == 1 + 3


async def test_an_address_that_does_not_answer_is_followed_by_the_next(web: Web) -> None:
    names = Names(still_example=[["::1", LOOPBACK]])
    origin = f"http://still.example:{web.port}"
    assert await SafeFetcher([origin], resolver=names).fetch(f"{origin}/picture") == PICTURE


@pytest.mark.parametrize(
    "to",
    [
        "http://10.0.0.1/x.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/x.jpg",
        "http://localhost/x.jpg",
        "//127.0.0.1:1/x.jpg",
        "file:///etc/passwd",
        "http://me:secret@93.184.215.14/x.jpg",
        "http://[",
    ],
)
async def test_a_redirect_is_checked_like_an_address(
    web: Web, trusting: SafeFetcher, to: str
) -> None:
    refusal = await _refused(trusting.fetch(f"{web.base}/redirect?to={to}"))
    assert refusal.code is UNREACHABLE
    assert len(web.seen) == 1


async def test_trust_in_one_port_is_none_in_another(web: Web, trusting: SafeFetcher) -> None:
    other = Web()
    async with serve(other.app) as base:
        refusal = await _refused(trusting.fetch(f"{web.base}/redirect?to={base}/picture"))
    assert refusal.code is UNREACHABLE
    assert other.seen == []


async def test_five_redirects_are_followed_and_a_sixth_is_not(
    web: Web, trusting: SafeFetcher
) -> None:
    assert await trusting.fetch(f"{web.base}/again/5") == PICTURE
    refusal = await _refused(trusting.fetch(f"{web.base}/again/6"))
    assert "redirects more than 5 times" in refusal.message


@pytest.mark.parametrize("how", ["declared", "streamed"])
async def test_the_most_bytes_are_taken_and_no_more(
    web: Web, trusting: SafeFetcher, how: str
) -> None:
    assert len(await trusting.fetch(f"{web.base}/large/{MOST_BYTES}?{how}")) == MOST_BYTES
    refusal = await _refused(trusting.fetch(f"{web.base}/large/{MOST_BYTES + 1000}?{how}"))
    assert refusal.code is TOO_LARGE


async def test_a_stream_without_end_is_cut_at_the_limit(web: Web, trusting: SafeFetcher) -> None:
    refusal = await _refused(trusting.fetch(f"{web.base}/large/{10**12}"))
    assert refusal.code is TOO_LARGE


async def test_a_packed_answer_is_refused_unopened(web: Web, trusting: SafeFetcher) -> None:
    refusal = await _refused(trusting.fetch(f"{web.base}/packed"))
    assert refusal.code is UNREACHABLE


async def test_a_slow_drip_ends_with_the_time_allowed(web: Web) -> None:
    fetcher = SafeFetcher([web.base], total_seconds=0.3)
    async with asyncio.timeout(2):
        refusal = await _refused(fetcher.fetch(f"{web.base}/drip"))
    assert refusal.code is UNREACHABLE
    assert "0.3 seconds" in refusal.message


async def test_a_resolver_that_never_answers_ends_with_the_time_allowed() -> None:
    async def silent(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    async with asyncio.timeout(2):
        refusal = await _refused(SafeFetcher(resolver=silent, total_seconds=0.1).fetch("http://a"))
    assert refusal.code is UNREACHABLE


async def test_an_answer_that_breaks_off_is_no_picture(web: Web, trusting: SafeFetcher) -> None:
    refusal = await _refused(trusting.fetch(f"{web.base}/short"))
    assert refusal.code is UNREACHABLE


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nbroken"])
async def test_a_server_that_speaks_something_else_is_unreachable(answer: bytes) -> None:
    async with raw_server(answer) as base:
        refusal = await _refused(SafeFetcher([base]).fetch(base))
    assert refusal.code is UNREACHABLE


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    refusal = await _refused(SafeFetcher(["http://127.0.0.1:1"]).fetch("http://127.0.0.1:1/x"))
    assert refusal.code is UNREACHABLE


async def test_nothing_of_the_environment_is_used(
    web: Web, trusting: SafeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await trusting.fetch(f"{web.base}/picture") == PICTURE
    sent = web.seen[0].headers
    assert not {"authorization", "cookie", "proxy-authorization"} & set(sent.keys())
    assert sent["Accept-Encoding"] == "identity"


async def test_a_certificate_is_checked_against_the_name_not_the_address(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    names = Names(still_example=[[LOOPBACK]], other_example=[[LOOPBACK]])
    async with raw_server(http_answer(PICTURE), authority.server_for("still.example")) as base:
        port = urlsplit(base).port
        still, other = (f"https://{name}.example:{port}" for name in ("still", "other"))
        fetcher = SafeFetcher([still, other], resolver=names, tls=authority.client())
        assert await fetcher.fetch(f"{still}/x.png") == PICTURE
        assert (await _refused(fetcher.fetch(f"{other}/x.png"))).code is UNREACHABLE
        stranger = SafeFetcher([still], resolver=names)
        assert (await _refused(stranger.fetch(f"{still}/x.png"))).code is UNREACHABLE


@pytest.mark.parametrize("origin", ["10.0.0.5:8080", "ftp://10.0.0.5", "http://", "*"])
async def test_a_trusted_origin_that_is_none_is_a_setting_to_mend(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="GRAPHAPI_TRUSTED_ORIGINS"):
        SafeFetcher([origin])
