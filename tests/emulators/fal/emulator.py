"""The emulator itself: fal.ai's queue and direct calls, over the jobs, the CDN and the faults.

Statuses, bodies and quirks follow fal.ai's documents and its official clients: 202 while a request
waits or runs and 200 once it is completed, failed jobs that read COMPLETED, sub-paths in the submit
alone, 400 for a cancellation that comes too late.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.emulators.fal.access import locked, refusal
from tests.emulators.fal.cdn import Cdn
from tests.emulators.fal.every_model import MODELS
from tests.emulators.fal.faults import Fault, Handler, Operation, Outcome, Script
from tests.emulators.fal.jobs import STILL_RUNNING, Answer, Job, Queue, Stop
from tests.emulators.fal.ledger import Ledger, Post
from tests.emulators.fal.platform import Platform
from tests.emulators.fal.runner import Runner
from tests.emulators.fal.sounds import SOUNDS
from tests.emulators.fal.webhooks import Courier
from tests.emulators.serving import serve

KEY = "emulated-id:emulated-secret"
NOT_FOUND = {"status": "NOT_FOUND"}


class FalEmulator:
    """fal.ai, as far as images and sounds need it.

    `seconds` is how long each job runs, `limit` how many the account may run at once (None: no
    limit), `shrink` divides the size of the pictures. `says_ok_to_cancel` answers as the newest
    documents have it. All may be changed while it runs; so may `platform` (history and prices)
    and `courier` (webhooks).
    """

    def __init__(
        self, seconds: float = 0.0, limit: int | None = None, key: str = KEY, shrink: int = 1
    ) -> None:
        self.seconds = seconds
        self.key = key
        self.locked = False
        self.says_ok_to_cancel = False
        self.ledger = Ledger()
        self._script = Script()
        self._outcomes: dict[int, Outcome] = {}
        self._usual = Outcome()
        self._cdn = Cdn(key, self.ledger, self._script)
        self._runner = Runner(self._cdn, shrink)
        self._queue = Queue(limit, self._work, self._ended)
        self.platform = Platform(key, self._script)
        self.courier = Courier(self.ledger, self._script)
        self.app = Starlette(routes=self._routes(), lifespan=self._lifespan)

    @property
    def jobs(self) -> list[Job]:
        """List every accepted request that is not forgotten, in order."""
        return list(self._queue.jobs.values())

    @property
    def limit(self) -> int | None:
        """Tell how many jobs the account may run at once."""
        return self._queue.limit

    @limit.setter
    def limit(self, limit: int | None) -> None:
        self._queue.limit = limit

    def disturb(self, operation: Operation, *faults: Fault | None) -> None:
        """Spoil the next exchanges of this kind, one each; None leaves one alone."""
        self._script.queue(operation, *faults)

    def disturb_always(self, operation: Operation, fault: Fault | None) -> None:
        """Spoil every exchange of this kind from now on; None ends it."""
        self._script.stand(operation, fault)

    def plan(self, number: int, outcome: Outcome) -> None:
        """Decide how the job ends that is accepted as this number, counted from 0."""
        self._outcomes[number] = outcome

    def plan_all(self, outcome: Outcome) -> None:
        """Decide how every job ends that has no plan of its own."""
        self._usual = outcome

    def forget(self, request_id: str) -> None:
        """Lose a request, as fal.ai does an hour after its end."""
        del self._queue.jobs[request_id]

    async def restart_empty(self) -> None:
        """Lose every request and all history; what was charged stays in the ledger."""
        await self._queue.close()
        self._queue.jobs.clear()
        self.platform.history.clear()

    def _routes(self) -> list[Route]:
        def route(path: str, method: str, operation: Operation, handler: Handler) -> Route:
            return Route(path, self._script.wrap(operation, handler), methods=[method])

        one = "/{app:path}/requests/{request_id}"
        return [
            Route("/_emulator/ledger", self._ledger),
            *self._cdn.routes(),
            *self.courier.routes(),
            *self.platform.routes(),
            route(f"{one}/status/stream", "GET", Operation.STREAM, self._stream),
            route(f"{one}/status", "GET", Operation.STATUS, self._status),
            route(f"{one}/cancel", "PUT", Operation.CANCEL, self._cancel),
            route(f"{one}/response", "GET", Operation.RESULT, self._result),
            route(one, "GET", Operation.RESULT, self._result),
            route("/sync/{endpoint:path}", "POST", Operation.RUN, self._run),
            route("/{endpoint:path}", "POST", Operation.SUBMIT, self._submit),
        ]

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        await self.courier.close()
        await self._queue.close()

    async def _submit(self, request: Request) -> Response:
        post = await self._noted(request)
        refused = self._refused(request, post) or self._too_many_wait(request)
        if refused is not None:
            return refused
        job = self._job(request, post)
        timeout = request.headers.get("x-fal-request-timeout")
        self._queue.add(job, float(timeout) if timeout else None)
        if job.webhook is not None and self.courier.manner.before_answer:
            await job.told.wait()
        position = self._queue.position(job)
        body = job.standing(position or 0, with_logs=False)
        return JSONResponse(body, headers={"x-fal-request-id": job.request_id})

    async def _run(self, request: Request) -> Response:
        post = await self._noted(request)
        refused = self._refused(request, post)
        if refused is not None:
            return refused
        if self._queue.full:
            return _busy()
        job = self._job(request, post)
        return _answered(job, await self._work(job))

    async def _noted(self, request: Request) -> Post:
        endpoint, given = request.path_params["endpoint"], await _json_object(request)
        post = Post(endpoint, dict(request.headers), dict(request.query_params), given)
        self.ledger.posts.append(post)
        return post

    def _refused(self, request: Request, post: Post) -> Response | None:
        if (refused := refusal(request, self.key)) is not None:
            return refused
        if self.locked:
            return locked()
        if post.endpoint not in MODELS and post.endpoint not in SOUNDS:
            return JSONResponse({"detail": f"Application '{post.endpoint}' not found"}, 404)
        if post.input is None:
            body = {"detail": "The body is no JSON object", "error_type": "bad_request"}
            return JSONResponse(body, 400, {"X-Fal-Error-Type": "bad_request"})
        return None

    def _too_many_wait(self, request: Request) -> Response | None:
        most = request.query_params.get("fal_max_queue_length")
        return _busy() if most and self._queue.waiting_count > int(most) else None

    def _job(self, request: Request, post: Post) -> Job:
        outcome = self._outcomes.get(len(self.ledger.accepted), self._usual)
        post.request_id = str(uuid.uuid4())
        base_url = str(request.base_url).rstrip("/")
        webhook = post.query.get("fal_webhook")
        return Job(post.request_id, post.endpoint, post.input or {}, base_url, outcome, webhook)

    def _ended(self, job: Job) -> None:
        self.ledger.ended[job.request_id] = job.answer.status if job.answer else 0
        self.platform.history.append(job)
        self.courier.tell(job)

    async def _work(self, job: Job) -> Answer:
        seconds = self.seconds if job.outcome.seconds is None else job.outcome.seconds
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        answer = await self._runner.answer(job, seconds)
        await asyncio.sleep(max(0.0, end - clock()))
        return answer

    def _found(self, request: Request) -> Job | Response:
        if (refused := refusal(request, self.key)) is not None:
            return refused
        job = self._queue.jobs.get(request.path_params["request_id"])
        path = f"{request.path_params['app']}/"
        if job is None or not path.startswith(f"{job.app}/"):
            return JSONResponse(NOT_FOUND, 404)
        return job

    async def _status(self, request: Request) -> Response:
        if isinstance(job := self._found(request), Response):
            return job
        return JSONResponse(self._standing(job, request), 202 if job.answer is None else 200)

    async def _stream(self, request: Request) -> Response:
        if isinstance(job := self._found(request), Response):
            return job

        async def events() -> AsyncIterator[str]:
            sent = None
            while True:
                standing = self._standing(job, request)
                if standing != sent:
                    yield f"data: {json.dumps(standing)}\n\n"
                if standing["status"] == "COMPLETED":
                    return
                sent = standing
                await asyncio.sleep(0.02)

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _result(self, request: Request) -> Response:
        if isinstance(job := self._found(request), Response):
            return job
        if job.answer is None:
            return JSONResponse(STILL_RUNNING, 400)
        if job.answer.status == 200:
            self.ledger.results.append(job.request_id)
        return _answered(job, job.answer)

    async def _cancel(self, request: Request) -> Response:
        if isinstance(job := self._found(request), Response):
            return job
        stop = self._queue.cancel(job)
        self.ledger.cancels.append((job.request_id, stop))
        if stop is Stop.TOO_LATE:
            return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)
        if stop is Stop.REMOVED and self.says_ok_to_cancel:
            return JSONResponse({"status": "OK"})
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)

    async def _ledger(self, _request: Request) -> Response:
        return JSONResponse(self.ledger.summary())

    def _standing(self, job: Job, request: Request) -> dict[str, Any]:
        with_logs = request.query_params.get("logs") in ("1", "true")
        return job.standing(self._queue.position(job), with_logs=with_logs)


@asynccontextmanager
async def running(emulator: FalEmulator) -> AsyncIterator[str]:
    """Serve an emulator on loopback; yields the URL of its queue, which is also that of REST."""
    async with serve(emulator.app) as url:
        yield url


async def _json_object(request: Request) -> dict[str, Any] | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _answered(job: Job, answer: Answer) -> Response:
    headers = {"x-fal-request-id": job.request_id, **answer.headers}
    return JSONResponse(answer.body, answer.status, headers)


def _busy() -> Response:
    body = {"detail": "Too many requests", "error_type": "concurrent_requests_limit"}
    return JSONResponse(body, 429, {"X-Fal-Needs-Retry": "1"})
