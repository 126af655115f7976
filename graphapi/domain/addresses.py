"""What an address of a stranger may look like, before anybody follows it.

A name that looks public can still lead to a private network: whoever fetches it himself also checks
what the name leads to (`storage.fetcher`).
"""

import base64
import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

# What the world's networks are handed out of (IANA); all else in IPv6 is for special purposes.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# An IPv4 address in IPv6 clothes, in its last 32 bits (RFC 4291 2.5.5.2, RFC 6052 2.1). A network
# with NAT64 answers the second form for every host that has IPv4 alone.
_EMBEDDING = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))
# 6to4 (RFC 3056) also embeds one, and is long retired.
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")

# Names that no public server answers to (RFC 6761, 6762, 8375; ICANN for `internal`), and those
# that home and company networks have taken for themselves.
_PRIVATE_NAMES = ("localhost", "local", "internal", "home.arpa", "lan", "home", "corp", "intranet")
# 127.1, 0x7f.1 and 2130706433 are all taken for IPv4 addresses by what reads them kindly.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# What parsers disagree about, so that a check of one would not hold for another.
_CONFUSING = re.compile(r"[\s\\\x00-\x1f\x7f]")
_DATA = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64", re.IGNORECASE)
# Other full stops, which names are read with all the same (RFC 3490 3.1).
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_MOST_PORTS = 1 << 16


class BadAddress(ValueError):
    """An address that is not taken; the message continues a sentence that begins with it."""


def check_web_address(address: str) -> None:
    """Check that an address is one of the web, and carries no credentials; raises BadAddress."""
    _web_parts(address)


def check_public_address(address: str) -> None:
    """Check what a provider is to fetch: an address of the public web, or a data URI.

    Nothing is looked up or fetched. Raises BadAddress.
    """
    if address[:5].lower() == "data:":
        check_data_uri(address)
        return
    if not looks_public(_web_parts(address).hostname or ""):
        raise BadAddress("leads to a private network, where no provider gets. Give a public one.")


def check_data_uri(address: str) -> None:
    """Check that an address carries the bytes of a file itself; raises BadAddress."""
    head, _, data = address.partition(",")
    try:
        content = base64.b64decode(data, validate=True) if _DATA.fullmatch(head) else b""
    except ValueError:
        content = b""
    if not content:
        raise BadAddress(
            "is no data URI that can be read. Write it as data:image/png;base64, and the bytes."
        )


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, in whatever form it is written.

    An address inside an address is judged by the inner one. What cannot be read is not public.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return _is_public_v4(parsed)
    if any(parsed in network for network in _EMBEDDING):
        return _is_public_v4(ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF))
    return parsed in _GLOBAL_UNICAST and parsed not in _SIX_TO_FOUR and parsed.is_global


def looks_public(host: str) -> bool:
    """Tell whether a host may be a public one, by its name alone: nothing is looked up."""
    host = host.translate(_DOTS).rstrip(".").lower()
    if ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return is_public(host)
    private = any(host == name or host.endswith(f".{name}") for name in _PRIVATE_NAMES)
    return "." in host and not private


def _web_parts(address: str) -> SplitResult:
    wrong = BadAddress("is no web address. Give one that begins with https:// or http://.")
    if _CONFUSING.search(address):
        raise wrong
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in {"https", "http"} and bool(parts.hostname)
        has_port = parts.port is None or 0 < parts.port < _MOST_PORTS
    except ValueError:
        raise wrong from None
    if not is_web or not has_port:
        raise wrong
    if "@" in parts.netloc:
        raise BadAddress("carries a user name or password. Give one that needs none.")
    return parts


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    return address.is_global and not address.is_multicast
