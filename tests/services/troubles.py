"""A provider that looks up who is asking, and all that may go wrong on the way to it."""

import hashlib
import math
from http import HTTPStatus

from sqlalchemy import select
from starlette.requests import Request

from graphapi.domain.jobs import JobState
from graphapi.persistence.models import JobRow
from graphapi.ports.doorbell import Step
from tests.emulators.fal import FalEmulator, Fault, Manner, Operation, Post
from tests.emulators.fal.jobs import Job
from tests.services.house import House

BUSY = Fault(status=429, body={"detail": "Busy"})
INVALID = Fault(status=422, body={"detail": [{"loc": ["body"], "msg": "No", "type": "value"}]})
SLOW_DOWN = Fault(status=429, body={"error": {"code": 429, "message": "Slow down"}})
# What may go wrong while a step is performed; most of it after the request was accepted.
TROUBLES: dict[Step, list[tuple[Operation | None, Fault]]] = {
    Step.PREPARE: [(Operation.TOKEN, Fault(status=503, body={"detail": "Later"}))],
    Step.SUBMIT: [
        (Operation.SUBMIT, Fault(drop=True, accept=True)),
        (Operation.SUBMIT, Fault(status=500, accept=True)),
        (Operation.SUBMIT, Fault(cut=True)),
        (Operation.SUBMIT, Fault(drop=True)),
        (Operation.SUBMIT, BUSY),
        (Operation.SUBMIT, INVALID),
    ],
    Step.ANALYSE: [(None, Fault(drop=True)), (None, SLOW_DOWN)],
    Step.FINALISE: [
        (Operation.MEDIA, Fault(status=404, body="gone")),
        (Operation.MEDIA, Fault(status=200, body="no picture")),
    ],
    Step.CANCEL: [
        (Operation.CANCEL, Fault(status=500, body="<html>")),
        (Operation.CANCEL, Fault(drop=True, accept=True)),
    ],
}
POLL_TROUBLES = [
    (Operation.STATUS, Fault(drop=True)),
    (Operation.STATUS, Fault(status=502, body="<html>")),
    (Operation.RESULT, Fault(status=500, body="<html>")),
]


class Witness(FalEmulator):
    """Looks up whose request arrives, before anything of it is accepted.

    What has ended is dated by the house's clock, by which it is looked for in the history.
    """

    house: House

    def __init__(self) -> None:
        super().__init__(shrink=64)
        self.senders: list[tuple[Post, str | None]] = []
        self.courier.manner = Manner(silent=True)  # what is told, a test tells itself
        self.platform.lag = -math.inf

    @property
    def accepted_of(self) -> list[str | None]:
        """List whose requests were accepted; None is one that no row knew of."""
        return [sender for post, sender in self.senders if post.request_id]

    @property
    def made(self) -> list[str]:
        """List the tokens of the requests whose pictures were made."""
        return [
            post.attempt or ""
            for post, _ in self.senders
            if self.ledger.ended.get(post.request_id or "") == HTTPStatus.OK
        ]

    def forget_all(self) -> None:
        """Begin with empty books."""
        self.senders.clear()
        self._queue.jobs.clear()
        self.platform.history.clear()
        self.ledger.posts.clear()

    async def _noted(self, request: Request) -> Post:
        post = await super()._noted(request)
        token = hashlib.sha256((post.attempt or "").encode()).hexdigest()
        known = select(JobRow.id).where(
            JobRow.attempt_token_hash == token, JobRow.state == JobState.SUBMITTING
        )
        async with self.house.database.read() as connection:
            sender = (await connection.execute(known)).scalar_one_or_none()
        self.senders.append((post, sender))
        return post

    def _ended(self, job: Job) -> None:
        job.ended_at = self.house.clock.now()
        super()._ended(job)
