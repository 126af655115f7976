"""What an orchestrator and a monitor ask: is it alive, can it work, what does it measure."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

logger = logging.getLogger(__name__)

# Returns when the thing works, and raises when it does not.
Check = Callable[[], Awaitable[object]]

# What a monitor reads: the content, and its media type.
Exposition = Callable[[], tuple[bytes, str]]

# Orchestrators give a probe a second or a few.
_CHECK_SECONDS = 2.0


def health_routes(checks: Mapping[str, Check], exposition: Exposition) -> list[BaseRoute]:
    """Make /healthz, /readyz and /metrics.

    `checks` are what the process needs to work (`database`, `storage`, `broker`); each has two
    seconds. /healthz needs none of them: a process must not be killed for its database.
    """

    async def alive(_request: Request) -> Response:
        return _answer({"status": "alive"})

    async def ready(_request: Request) -> Response:
        verdicts = await asyncio.gather(*(_verdict(*item) for item in checks.items()))
        good = all(verdict == "ok" for verdict in verdicts)
        body = {
            "status": "ready" if good else "not ready",
            "checks": dict(zip(checks, verdicts, strict=True)),
        }
        return _answer(body, 200 if good else 503)

    async def metrics(_request: Request) -> Response:
        content, media_type = exposition()
        return Response(content, media_type=media_type)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


async def _verdict(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except TimeoutError:
        logger.warning("Not ready: %s did not answer within %s s", name, _CHECK_SECONDS)
        return "no answer"
    except Exception as error:  # noqa: BLE001 - whatever it is, this is not ready
        # Why is for the log alone: anyone may ask, and it can name hosts and users.
        logger.warning("Not ready: %s: %s", name, error)
        return "failed"
    return "ok"


def _answer(body: object, status: int = 200) -> Response:
    return JSONResponse(body, status, {"Cache-Control": "no-store"})
