"""Asking for a bill that did not come with a result.

fal.ai names the units it bills in a header of the answer to whoever fetches the result: its
webhooks and its history tell the same result without them.
"""

import asyncio
import logging
from typing import Final

from graphapi.domain.charges import UNTOLD
from graphapi.domain.failures import Failure
from graphapi.errors import ProviderError, Rejected
from graphapi.ports.editing import Editor, Ticket, Waiting
from graphapi.ports.sound import SoundModel
from graphapi.services.results import Outcome

logger = logging.getLogger(__name__)

# Whoever tells of an end waits for us meanwhile, and what was told is enough to go on.
PATIENCE_SECONDS: Final = 2.0
# What has ended may be shown as running for a moment more.
_PAUSE_SECONDS: Final = 0.2


async def with_bill(asked: Editor | SoundModel | None, ticket: Ticket, told: Outcome) -> Outcome:
    """Fetch what was told once more, by its ticket, if it came without a bill; free.

    What was told stands when no bill is to be had within two seconds. To be called outside of any
    transaction.
    """
    if asked is None or not _lacks_bill(told):
        return told
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            fetched = await asked.check(ticket)
            while isinstance(fetched, Waiting):
                await asyncio.sleep(_PAUSE_SECONDS)
                fetched = await asked.check(ticket)
    except Rejected as error:
        return told if error.failure.charge == UNTOLD else _with_charge(told, error.failure)
    except (ProviderError, TimeoutError):
        return told
    except Exception:
        logger.exception("Asking for the bill of %s broke off", ticket.request_id)
        return told
    return told if _lacks_bill(fetched) else fetched


def _with_charge(told: Outcome, asked: Failure) -> Outcome:
    """Add a charge to a failure; a result that was told is there, whatever asking for it says."""
    return asked if isinstance(told, Failure) else told


def _lacks_bill(told: Outcome) -> bool:
    if told is None:
        return False
    if isinstance(told, Failure):
        return told.charge == UNTOLD
    return told.billable_units is None and told.charged_micros is None
