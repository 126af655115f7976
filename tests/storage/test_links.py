from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from graphapi.errors import ConfigurationError
from graphapi.ports.storage import LinkState, MediaLinks
from graphapi.storage.links import MEDIA_WINDOW, UPLOAD_LIFE, SignedLinks

SECRET = "a secret that nobody guesses"
BASE = "http://127.0.0.1:8000"
KEY = "uploads/pic_0/original.jpg"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(clock: Clock) -> SignedLinks:
    return SignedLinks(SECRET, clock, BASE, None)


def _parts(url: str) -> tuple[str, str, str]:
    """The subject, expiry and signature of an address, as a web server reads them."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return unquote(parts.path).split("/", 2)[2], query["expires"], query["signature"]


def test_it_is_what_the_use_cases_ask_for(links: SignedLinks) -> None:
    port: MediaLinks = links
    assert port is links


@given(key=st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_was_signed_is_let_in(key: str) -> None:
    links = SignedLinks(SECRET, Clock(), BASE, None)
    assume("\n" not in key)
    assert links.check_media(*_parts(links.media_url(key)))


@given(st.integers(0, 2), st.text(max_size=80), st.data())
def test_whatever_is_changed_is_found_out(part: int, other: str, data: st.DataObject) -> None:
    links = SignedLinks(SECRET, Clock(), BASE, None)
    parts = list(_parts(links.media_url(KEY)))
    place = data.draw(st.integers(0, len(parts[part])))
    changed = parts[part][:place] + other + parts[part][place + 1 :]
    assume(changed != parts[part])
    parts[part] = changed
    assert not links.check_media(*parts)
    assert links.check_upload(*parts) is LinkState.FORGED


@pytest.mark.parametrize(
    "expires", ["", "-1", "1e9", " 1", "٣", "99999999999999999999999", "0x1", "1\n2"]
)
def test_an_expiry_that_is_no_number_of_ours_is_forged(links: SignedLinks, expires: str) -> None:
    _, _, signature = _parts(links.media_url(KEY))
    assert not links.check_media(KEY, expires, signature)


def test_expiry_and_key_cannot_be_divided_differently(links: SignedLinks) -> None:
    _, expires, signature = _parts(links.media_url("a\nb"))
    assert not links.check_media("b", f"{expires}\na", signature)


def test_an_address_is_absolute_and_names_its_key(links: SignedLinks) -> None:
    assert links.media_url(KEY).startswith(f"{BASE}/media/{KEY}?expires=")


def test_two_renders_in_one_window_agree(links: SignedLinks, clock: Clock) -> None:
    clock.moment = datetime(2026, 3, 14, 15, 0, 1, tzinfo=UTC)
    first = links.media_url(KEY)
    clock.moment += timedelta(minutes=59)
    assert links.media_url(KEY) == first
    clock.moment += timedelta(minutes=1)
    assert links.media_url(KEY) != first


@given(st.integers(0, 3600 * 48))
@example(28_234)  # half a second before a window ends, by a clock that counts fractions
def test_a_media_address_lives_one_to_two_windows(second: int) -> None:
    clock = Clock()
    clock.moment += timedelta(seconds=second)
    links = SignedLinks(SECRET, clock, BASE, None)
    parts = _parts(links.media_url(KEY))
    life = datetime.fromtimestamp(int(parts[1]), UTC) - clock.moment
    assert MEDIA_WINDOW <= life <= 2 * MEDIA_WINDOW
    clock.moment += life - timedelta(seconds=1)
    assert links.check_media(*parts)
    clock.moment += timedelta(seconds=1)
    assert not links.check_media(*parts)


def test_another_secret_lets_nobody_in(links: SignedLinks, clock: Clock) -> None:
    other = SignedLinks(SECRET + "!", clock, BASE, None)
    assert not other.check_media(*_parts(links.media_url(KEY)))


def test_a_media_address_is_never_an_upload_s_nor_the_reverse(links: SignedLinks) -> None:
    assert links.check_upload(*_parts(links.media_url("usr_1"))) is LinkState.FORGED
    assert not links.check_media(*_parts(links.upload_ticket("usr_1").url))


def test_an_upload_address_is_good_for_a_quarter_of_an_hour(
    links: SignedLinks, clock: Clock
) -> None:
    ticket = links.upload_ticket("usr_1")
    assert ticket.url.startswith(f"{BASE}/uploads/usr_1?")
    assert timedelta(0) <= clock.moment + UPLOAD_LIFE - ticket.expires_at < timedelta(seconds=1)
    parts = _parts(ticket.url)
    assert links.check_upload(*parts) is LinkState.GOOD
    clock.moment = ticket.expires_at - timedelta(seconds=1)
    assert links.check_upload(*parts) is LinkState.GOOD
    clock.moment = ticket.expires_at
    assert links.check_upload(*parts) is LinkState.EXPIRED


def test_an_upload_address_is_one_person_s_own(links: SignedLinks) -> None:
    _, expires, signature = _parts(links.upload_ticket("usr_1").url)
    assert links.check_upload("usr_2", expires, signature) is LinkState.FORGED


def test_an_expired_address_with_another_signature_is_forged(
    links: SignedLinks, clock: Clock
) -> None:
    subject, expires, signature = _parts(links.upload_ticket("usr_1").url)
    clock.moment += timedelta(days=1)
    assert links.check_upload(subject, expires, signature[::-1]) is LinkState.FORGED


def test_a_provider_gets_an_address_only_when_the_internet_reaches_us(
    links: SignedLinks, clock: Clock
) -> None:
    until = clock.moment + timedelta(hours=30)
    assert links.provider_url(KEY, until) is None
    public = SignedLinks(SECRET, clock, BASE, "https://stills.example/")
    url = public.provider_url(KEY, until)
    assert url
    assert url.startswith(f"https://stills.example/media/{KEY}?")
    clock.moment = until
    assert public.check_media(*_parts(url))
    clock.moment += MEDIA_WINDOW
    assert not public.check_media(*_parts(url))


def test_a_public_address_is_used_for_everyone(clock: Clock) -> None:
    public = SignedLinks(SECRET, clock, BASE, "https://stills.example")
    assert public.media_url(KEY).startswith("https://stills.example/media/")
    assert public.upload_ticket("usr_1").url.startswith("https://stills.example/uploads/")


def test_a_short_secret_is_a_setting_to_mend(clock: Clock) -> None:
    with pytest.raises(ConfigurationError, match="GRAPHAPI_SECRET_KEY"):
        SignedLinks("short", clock, BASE, None)
