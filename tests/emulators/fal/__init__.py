"""fal.ai on loopback: its queue, its direct calls, its uploads and its CDN.

    emulator = FalEmulator(seconds=2, limit=2)
    async with running(emulator) as url:
        ...  # GRAPHAPI_FAL_QUEUE_URL and GRAPHAPI_FAL_REST_URL are both `url`

`emulator.disturb(...)` spoils single HTTP exchanges, `emulator.plan(...)` decides how a job ends,
and `emulator.ledger` says what fal.ai would have charged for. As a process of its own:
`python -m tests.emulators.fal --port 0 --seconds 2 --limit 2`.
"""

from tests.emulators.fal.emulator import KEY, FalEmulator, running
from tests.emulators.fal.faults import (
    Fault,
    Operation,
    Outcome,
    model_failure,
    platform_failure,
)
from tests.emulators.fal.ledger import Ledger, Post, Upload

__all__ = [
    "KEY",
    "FalEmulator",
    "Fault",
    "Ledger",
    "Operation",
    "Outcome",
    "Post",
    "Upload",
    "model_failure",
    "platform_failure",
    "running",
]
