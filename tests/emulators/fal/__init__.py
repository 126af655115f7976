"""fal.ai on loopback: its queue, direct calls, uploads, CDN, webhooks, history and prices.

    emulator = FalEmulator(seconds=2, limit=2)
    async with running(emulator) as url:
        ...  # GRAPHAPI_FAL_QUEUE_URL and GRAPHAPI_FAL_REST_URL are both `url`,
        ...  # GRAPHAPI_FAL_API_URL is `url`/v1, GRAPHAPI_FAL_JWKS_URL `url`/.well-known/jwks.json

`emulator.disturb(...)` spoils single HTTP exchanges, `emulator.plan(...)` decides how a job ends,
`emulator.courier.manner` how webhooks come, `emulator.platform` what the history shows, and
`emulator.ledger` says what fal.ai would have charged for. As a process of its own:
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
from tests.emulators.fal.ledger import Delivery, Ledger, Post, Upload
from tests.emulators.fal.webhooks import USER_ID, Courier, Manner

__all__ = [
    "KEY",
    "USER_ID",
    "Courier",
    "Delivery",
    "FalEmulator",
    "Fault",
    "Ledger",
    "Manner",
    "Operation",
    "Outcome",
    "Post",
    "Upload",
    "model_failure",
    "platform_failure",
    "running",
]
