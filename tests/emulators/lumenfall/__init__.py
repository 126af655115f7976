"""Lumenfall on loopback: pictures from words, edits of pictures, dry runs and its list of models.

    emulator = LumenfallEmulator(seconds=2)
    async with running(emulator) as url:
        ...  # GRAPHAPI_LUMENFALL_URL is `url`

`emulator.disturb(...)` spoils single requests, `emulator.balance` runs out, `emulator.posts` says
what arrived and what Lumenfall would have charged for it. As a process of its own:
`python -m tests.emulators.lumenfall --port 0 --seconds 2`.
"""

from tests.emulators.fal.faults import Fault
from tests.emulators.lumenfall.emulator import (
    COST,
    KEY,
    MODEL,
    LumenfallEmulator,
    running,
)
from tests.emulators.lumenfall.requests import Post, Refusal

__all__ = ["COST", "KEY", "MODEL", "Fault", "LumenfallEmulator", "Post", "Refusal", "running"]
