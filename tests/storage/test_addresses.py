"""How this machine reads the names of strangers."""

import pytest

from graphapi.domain.addresses import is_public
from graphapi.storage.addresses import resolve


@pytest.mark.parametrize(
    "spelling", ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1"]
)
async def test_the_system_reads_every_spelling_of_this_machine_as_what_it_is(
    spelling: str,
) -> None:
    addresses = await resolve(spelling, 80)
    assert addresses
    assert not any(map(is_public, addresses))
