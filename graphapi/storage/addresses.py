"""Decide which addresses on the network a stranger may make this server reach."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# What the world's networks are handed out of (IANA); all else in IPv6 is for special purposes.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# An IPv4 address in IPv6 clothes, in its last 32 bits (RFC 4291 2.5.5.2, RFC 6052 2.1). A network
# with NAT64 answers the second form for every host that has IPv4 alone.
_EMBEDDING = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))
# 6to4 (RFC 3056) also embeds one, and is long retired.
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


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


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a host; raises OSError or UnicodeError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    return address.is_global and not address.is_multicast
