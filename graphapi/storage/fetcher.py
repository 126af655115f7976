"""Fetch a picture or a recording from an address of a stranger, without being made a tool of.

The name is resolved once, every address it has must be public, and the connection goes to an
address that was checked; so a name that changes its mind between check and dial gains nothing.
Redirects are followed by hand and checked the same way. Nothing of the environment is used: no
proxy, no credentials, no cookies.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial

import httpx

from graphapi.domain.addresses import BadAddress, check_web_address, is_public, looks_public
from graphapi.domain.recordings import MAX_AUDIO_BYTES
from graphapi.errors import ConfigurationError, Refused, UserErrorCode
from graphapi.ports.pictures import MAX_PICTURE_BYTES, PictureFault, PictureRefused
from graphapi.ports.sound import SoundRefused
from graphapi.storage.addresses import Resolver, resolve

TOTAL_SECONDS = 20.0
MOST_REDIRECTS = 5

_TIMEOUT = httpx.Timeout(connect=5, read=10, write=5, pool=5)
# One connection for each request: kept ones would be shared between names at one address.
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=0)
_HEADERS = {
    "User-Agent": "graphapi (picture fetcher)",
    # A compressed answer can unfold to a thousand times its size; pictures are compressed already.
    "Accept-Encoding": "identity",
}
# Object stores serve pictures as these when nobody told them better.
_UNTYPED = ("", "application/octet-stream", "binary/octet-stream")
_MOST_DIALS = 3
_PORTS = {"http": 80, "https": 443}

_Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is fetched: what it is called, its content types, and how anything else is refused."""

    noun: str
    types: tuple[str, ...]
    most_bytes: int
    too_large: Callable[[str], Refused]
    no_such_thing: Callable[[str], Refused]


PICTURES = Wanted(
    "picture",
    ("image/",),
    MAX_PICTURE_BYTES,
    partial(PictureRefused, PictureFault.TOO_LARGE),
    partial(PictureRefused, PictureFault.NOT_AN_IMAGE),
)
# Some hosts call a container by its better known use.
RECORDINGS = Wanted(
    "recording",
    ("audio/", "video/mp4", "video/webm", "application/ogg"),
    MAX_AUDIO_BYTES,
    partial(SoundRefused, too_large=True),
    SoundRefused,
)


class SafeFetcher:
    """Fetches remote pictures, or what else is `wanted`, whole, within bounds of size and time.

    `trusted_origins`, such as `http://10.0.0.5:8080`, need not have public addresses; everything
    else holds for them too. Where this server cannot fetch from one of its `own_addresses`, it says
    so.
    """

    def __init__(  # noqa: PLR0913 - what tests turn, each by name
        self,
        trusted_origins: Iterable[str] = (),
        *,
        own_addresses: Iterable[str] = (),
        resolver: Resolver = resolve,
        total_seconds: float = TOTAL_SECONDS,
        most_bytes: int | None = None,
        tls: ssl.SSLContext | None = None,
        wanted: Wanted = PICTURES,
    ) -> None:
        self._trusted = frozenset(_trusted_origin(origin) for origin in trusted_origins)
        self._own = frozenset(_origin(httpx.URL(address)) for address in own_addresses)
        self._resolve = resolver
        self._total_seconds = total_seconds
        self._wanted = wanted
        self._most_bytes = most_bytes or wanted.most_bytes
        self._tls = tls or _trusted_authorities()

    def check(self, url: str) -> None:
        """Check what can be told of an address without the network; raises as `fetch` would."""
        self._check_host(_parsed(url))

    async def fetch(self, url: str) -> bytes:
        """Fetch the bytes behind an address given by a stranger.

        Raises Refused with SOURCE_UNREACHABLE, SOURCE_TOO_LARGE, or SOURCE_NOT_AN_IMAGE or
        SOURCE_NOT_AUDIO.
        """
        try:
            async with asyncio.timeout(self._total_seconds):
                return await self._follow(_parsed(url))
        except TimeoutError:
            raise _unreachable(
                f"The address took longer than {self._total_seconds:g} seconds to give the "
                f"{self._wanted.noun}. Try again, or upload the file."
            ) from None

    async def _follow(self, url: httpx.URL) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            async with self._answer(url) as response:
                if not response.has_redirect_location:
                    return await self._body(response)
                url = _parsed(response.headers["Location"], url)
        raise _unreachable(
            f"The address redirects more than {MOST_REDIRECTS} times. Give the "
            f"{self._wanted.noun}'s own."
        )

    @asynccontextmanager
    async def _answer(self, url: httpx.URL) -> AsyncIterator[httpx.Response]:
        addresses = await self._addresses(url)
        async with httpx.AsyncHTTPTransport(
            verify=self._tls, trust_env=False, limits=_LIMITS
        ) as transport:
            try:
                response = await _dial(transport, url, addresses, self._wanted)
                try:
                    yield response
                finally:
                    await response.aclose()
            except httpx.TimeoutException:
                raise _unreachable(
                    "The host stopped answering. Try again, or upload the file."
                ) from None
            except (httpx.TransportError, ssl.SSLError):
                raise _unreachable(
                    "The host could not be reached, or broke off. Check the address, try again, "
                    "or upload the file."
                ) from None

    async def _addresses(self, url: httpx.URL) -> list[str]:
        self._check_host(url)
        try:
            addresses = list(await self._resolve(_host(url), _port(url)))
        except (OSError, UnicodeError):
            addresses = []
        # One bad address spoils the rest: an honest host does not mix them. And one sentence for
        # names that are private and names that do not exist, so that neither can be told.
        if not addresses or not (self._trusts(url) or all(map(is_public, addresses))):
            raise self._not_public(url)
        return addresses

    def _check_host(self, url: httpx.URL) -> None:
        if not self._trusts(url) and not looks_public(_host(url).strip("[]")):
            raise self._not_public(url)

    def _trusts(self, url: httpx.URL) -> bool:
        return _origin(url) in self._trusted

    def _not_public(self, url: httpx.URL) -> Refused:
        if _origin(url) in self._own:
            return _unreachable(
                "This server need not fetch from itself: give the `storageId` instead."
            )
        return _unreachable(
            "No public address was found for this host. Check the spelling, or upload the "
            "file. (A host on the operator's own network can be allowed with "
            "GRAPHAPI_TRUSTED_ORIGINS.)"
        )

    async def _body(self, response: httpx.Response) -> bytes:
        _check_answer(response, self._wanted)
        declared = response.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > self._most_bytes:
            raise self._too_large()
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._most_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> Refused:
        return self._wanted.too_large(
            f"The file at this address is larger than {self._most_bytes / 2**20:g} MiB. "
            "Give a smaller one.",
        )


@cache
def _trusted_authorities() -> ssl.SSLContext:
    # Loading the authorities takes tens of milliseconds: once for all fetchers.
    return httpx.create_ssl_context(trust_env=False)


async def _dial(
    transport: httpx.AsyncHTTPTransport, url: httpx.URL, addresses: list[str], wanted: Wanted
) -> httpx.Response:
    *others, last = addresses[:_MOST_DIALS]
    for address in others:
        try:
            return await transport.handle_async_request(_pinned(url, address, wanted))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return await transport.handle_async_request(_pinned(url, last, wanted))


def _pinned(url: httpx.URL, address: str, wanted: Wanted) -> httpx.Request:
    # The connection goes to the address; the host's name stays in the Host header and, for TLS,
    # in what the certificate is checked against.
    return httpx.Request(
        "GET",
        url.copy_with(host=address, fragment=None),
        headers={**_HEADERS, "Accept": _accept(wanted), "Host": url.netloc.decode("ascii")},
        extensions={"timeout": _TIMEOUT.as_dict(), "sni_hostname": _host(url)},
    )


def _accept(wanted: Wanted) -> str:
    return ", ".join(f"{each}*" if each.endswith("/") else each for each in wanted.types)


def _parsed(address: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        url = base.join(address) if base else httpx.URL(address)
        # As it will be dialled: what parsers disagree about is settled by then.
        check_web_address(str(url))
    except BadAddress as bad:
        raise _unreachable(f"This {bad}") from None
    except (httpx.InvalidURL, ValueError):
        raise _unreachable(
            "This is no web address. Give one that begins with https:// or http://."
        ) from None
    return url


def _check_answer(response: httpx.Response, wanted: Wanted) -> None:
    if response.status_code != httpx.codes.OK:
        raise _unreachable(
            f"The address answered {response.status_code} instead of a {wanted.noun}. Check that "
            "it opens without signing in, or upload the file."
        )
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not kind.startswith(wanted.types) and kind not in _UNTYPED:
        raise wanted.no_such_thing(
            f"The address leads to something other than a {wanted.noun}. Give the "
            f"{wanted.noun}'s own address, not that of the page it is on."
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _unreachable(
            f"The host sends the {wanted.noun} packed in a way that is not taken. Upload it."
        )


def _trusted_origin(text: str) -> _Origin:
    try:
        return _origin(_parsed(text))
    except Refused:
        raise ConfigurationError(
            f"GRAPHAPI_TRUSTED_ORIGINS holds {text!r}, which is no origin. Write it as "
            "http://10.0.0.5:8080."
        ) from None


def _origin(url: httpx.URL) -> _Origin:
    return url.scheme, _host(url), _port(url)


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    return _PORTS[url.scheme] if url.port is None else url.port


def _unreachable(message: str) -> Refused:
    return Refused(UserErrorCode.SOURCE_UNREACHABLE, message)
