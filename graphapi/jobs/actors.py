"""The actors: one door for each step of a job, declared on whichever broker is in use.

Nothing is declared at import time, which would create Dramatiq's global broker.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping

import dramatiq
from dramatiq import Actor

from graphapi.errors import Unavailable
from graphapi.ports.doorbell import Step

logger = logging.getLogger(__name__)

QUEUE = "jobs"

Steps = Mapping[Step, Callable[[str], Awaitable[None]]]
Actors = Mapping[Step, Actor[[str], None]]


def declare_actors(broker: dramatiq.Broker, steps: Steps) -> dict[Step, Actor[[str], None]]:
    """Declare an actor for each step, which calls the step's handler with the job's id.

    A handler that raises is logged, and that is all: the row says what happened, and the
    sweeper rings again where there is more to do.
    """
    return {step: _declare(broker, step, perform) for step, perform in steps.items()}


def _declare(
    broker: dramatiq.Broker, step: Step, perform: Callable[[str], Awaitable[None]]
) -> Actor[[str], None]:
    async def door(job_id: str) -> None:
        about = {"job_id": job_id}
        try:
            await perform(job_id)
        except Unavailable as error:
            reason = error.__cause__
            logger.warning("Step %s of %s broke off: %r", step, job_id, reason, extra=about)
        except Exception:
            logger.exception("Step %s of %s failed", step, job_id, extra=about)

    return dramatiq.actor(actor_name=step.value, queue_name=QUEUE, broker=broker)(door)
