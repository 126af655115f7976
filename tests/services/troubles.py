"""A provider that looks up who is asking, and all that may go wrong on the way to it."""

import hashlib
import math
from http import HTTPStatus

from sqlalchemy import select
from starlette.requests import Request

from graphapi.domain.jobs import JobState
from graphapi.persistence.tables import JobRow
from graphapi.ports.doorbell import Step
from tests.emulators.fal import FalEmulator, Fault, Manner, Operation, Outcome, Post
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
        self.senders: list[tuple[Post, list[str]]] = []
        self.courier.manner = Manner(silent=True)  # what is told, a test tells itself
        self.platform.lag = -math.inf

    @property
    def accepted_of(self) -> list[list[str]]:
        """List for each request that was accepted whose it is; nobody's is one no row knew of."""
        return [senders for post, senders in self.senders if post.request_id]

    @property
    def asked_for(self) -> list[tuple[list[str], int]]:
        """List for each request of pictures whose it is, and how many it asks for."""
        return [
            (senders, post.input["num_images"])
            for post, senders in self.senders
            if post.input and "num_images" in post.input
        ]

    @property
    def made(self) -> list[str]:
        """List the jobs whose pictures were made."""
        return [
            job_id
            for post, senders in self.senders
            if self.ledger.ended.get(post.request_id or "") == HTTPStatus.OK
            for job_id in senders[: self._came(post)]
        ]

    def _came(self, post: Post) -> int | None:
        """Count the pictures that came of a request; None for what has none."""
        job = self._queue.jobs[post.request_id or ""]
        body = job.answer.body if job.answer else {}
        return len(body["images"]) if "images" in body else None

    def forget_all(self) -> None:
        """Begin with empty books."""
        self.plan_all(Outcome())
        self.senders.clear()
        self._queue.jobs.clear()
        self.platform.history.clear()
        self.ledger.posts.clear()

    async def _noted(self, request: Request) -> Post:
        post = await super()._noted(request)
        token = hashlib.sha256((post.attempt or "").encode()).hexdigest()
        leader = select(JobRow.id).where(
            JobRow.attempt_token_hash == token, JobRow.state == JobState.SUBMITTING
        )
        known = select(JobRow.id).where(
            JobRow.id.in_(leader) | JobRow.rides_with.in_(leader),
            JobRow.state == JobState.SUBMITTING,
        )
        async with self.house.database.read() as connection:
            senders = (await connection.execute(known.order_by(JobRow.place))).scalars().all()
        self.senders.append((post, list(senders)))
        return post

    def _ended(self, job: Job) -> None:
        job.ended_at = self.house.clock.now()
        super()._ended(job)
