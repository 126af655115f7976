"""The queue: jobs wait in order, run within the account's limit, and end in a stored answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from tests.emulators.fal.faults import Outcome

STILL_RUNNING = {"detail": "Request is still in progress"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored result: the model's own status, headers and body."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None


@dataclass(slots=True, eq=False)
class Job:
    """One accepted request. `base_url` is where its sender reached us.

    `webhook` is where its end is to be told, `told` when that was first tried.
    """

    request_id: str
    endpoint: str
    input: dict[str, Any]
    base_url: str
    outcome: Outcome
    webhook: str | None = None
    answer: Answer | None = None
    logs: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    task: asyncio.Task[None] | None = None
    told: asyncio.Event = field(default_factory=asyncio.Event)
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def app(self) -> str:
        """Tell the first two segments of the endpoint."""
        return "/".join(self.endpoint.split("/")[:2])

    @property
    def url(self) -> str:
        """Tell the address of the result, which has no sub-path."""
        return f"{self.base_url}/{self.app}/requests/{self.request_id}"

    def log(self, message: str) -> None:
        """Write a log line as a runner does."""
        self.logs.append(
            {
                "message": message,
                "timestamp": datetime.now(UTC).isoformat(),
                "level": "INFO",
                "source": "USER",
            }
        )

    def standing(self, position: int | None, *, with_logs: bool) -> dict[str, Any]:
        """Make the status object."""
        known: dict[str, Any] = {
            "request_id": self.request_id,
            "response_url": self.url,
            "status_url": f"{self.url}/status",
            "cancel_url": f"{self.url}/cancel",
        }
        if position is not None:
            return {"status": "IN_QUEUE", "queue_position": position, **known}
        known["logs"] = self.logs if with_logs else None
        if self.answer is None:
            return {"status": "IN_PROGRESS", **known}
        known["metrics"] = {"inference_time": self.seconds}
        if self.answer.error_type is not None:
            known |= {"error": self.answer.error, "error_type": self.answer.error_type}
        return {"status": "COMPLETED", **known}


CANCELLED = Answer(
    499,
    {"detail": "Request was cancelled by the client", "error_type": "client_cancelled"},
    {"X-Fal-Error-Type": "client_cancelled"},
    error="Request was cancelled by the client",
    error_type="client_cancelled",
)
STARTED_TOO_LATE = Answer(
    504,
    {"detail": "Request timed out", "error_type": "request_timeout"},
    {"X-Fal-Error-Type": "request_timeout", "X-Fal-Request-Timeout-Type": "user"},
    error="Request timed out",
    error_type="request_timeout",
)


class Stop(StrEnum):
    """What became of a cancellation."""

    REMOVED = "removed"
    SIGNALLED = "signalled"
    TOO_LATE = "too late"


class Queue:
    """Runs jobs in order, at most `limit` at a time; None is no limit.

    `ended` hears of each end.
    """

    def __init__(
        self,
        limit: int | None,
        work: Callable[[Job], Awaitable[Answer]],
        ended: Callable[[Job], None],
    ) -> None:
        self.limit = limit
        self.jobs: dict[str, Job] = {}
        self._waiting: list[Job] = []
        self._running: set[Job] = set()
        self._work = work
        self._ended = ended

    @property
    def waiting_count(self) -> int:
        """Tell how many wait for their turn."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Tell whether the account's limit is reached."""
        return self.limit is not None and len(self._running) >= self.limit

    def add(self, job: Job, start_timeout: float | None) -> None:
        """Put a job at the end; it fails if it has not started in time."""
        self.jobs[job.request_id] = job
        self._waiting.append(job)
        if start_timeout is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(start_timeout, self._drop_waiting, job, STARTED_TOO_LATE)
        self._advance()

    def position(self, job: Job) -> int | None:
        """Tell how many are ahead; None once it runs or has ended."""
        return self._waiting.index(job) if job in self._waiting else None

    def cancel(self, job: Job) -> Stop:
        """Take a waiting job out, or signal a running one, which ends when it comes to it."""
        if job.answer is not None:
            return Stop.TOO_LATE
        if job in self._waiting:
            self._drop_waiting(job, CANCELLED)
            return Stop.REMOVED
        if job.task is not None and not job.outcome.ignores_cancel:
            asyncio.get_running_loop().call_later(job.outcome.cancel_seconds, job.task.cancel)
        return Stop.SIGNALLED

    async def close(self) -> None:
        """Stop everything."""
        self._waiting.clear()
        for job in list(self._running):
            if job.task is not None:
                job.task.cancel()
                with suppress(asyncio.CancelledError):
                    await job.task

    def _drop_waiting(self, job: Job, answer: Answer) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            self._end(job, answer)

    def _advance(self) -> None:
        while self._waiting and not self.full:
            job = self._waiting.pop(0)
            job.task = asyncio.create_task(self._run(job))
            self._running.add(job)

    def _end(self, job: Job, answer: Answer) -> None:
        job.answer = answer
        job.ended_at = datetime.now(UTC)
        self._ended(job)

    async def _run(self, job: Job) -> None:
        job.started_at = datetime.now(UTC)
        started = asyncio.get_running_loop().time()
        try:
            answer = await self._work(job)
        except asyncio.CancelledError:
            answer = CANCELLED
        finally:
            self._running.discard(job)
        job.seconds = asyncio.get_running_loop().time() - started
        self._end(job, answer)
        self._advance()
