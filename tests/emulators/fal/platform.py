"""The platform API: what finished requests were asked and answered, and what models cost."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulators.fal.access import refusal
from tests.emulators.fal.faults import Operation, Script
from tests.emulators.fal.jobs import Job

# Dollars for one image; the unit prices fal.ai publishes.
PRICES = {
    "fal-ai/nano-banana": 0.039,
    "fal-ai/nano-banana/edit": 0.039,
    "fal-ai/nano-banana-pro": 0.15,
    "fal-ai/nano-banana-pro/edit": 0.15,
}


@dataclass(slots=True)
class Platform:
    """Lists `history`, newest end first; what waits or runs is not in it.

    Without `payloads` it is as for an account whose requests forbid keeping them. `lag` seconds
    pass before an ended request is listed. `prices` are in dollars for one image.
    """

    key: str
    script: Script
    history: list[Job] = field(default_factory=list)
    payloads: bool = True
    lag: float = 0.0
    prices: dict[str, float] = field(default_factory=PRICES.copy)

    def routes(self) -> list[Route]:
        """List the routes, below `/v1`."""
        wrap = self.script.wrap
        return [
            Route("/v1/models/requests/by-endpoint", wrap(Operation.HISTORY, self._history)),
            Route("/v1/models/pricing", wrap(Operation.PRICES, self._prices)),
        ]

    async def _history(self, request: Request) -> Response:
        if (refused := refusal(request, self.key)) is not None:
            return refused
        asked = request.query_params
        limit, page = int(asked.get("limit", "50")), _page(asked.get("cursor"))
        if not 1 <= limit <= 100 or not asked.get("endpoint_id"):
            return JSONResponse({"error": {"type": "validation_error"}}, 400)
        jobs = [job for job in reversed(self.history) if self._is_listed(job, request)]
        start, end = (page - 1) * limit, page * limit
        more = len(jobs) > end
        shown = self.payloads and asked.get("expand") == "payloads"
        return JSONResponse(
            {
                "items": [_item(job, with_payloads=shown) for job in jobs[start:end]],
                "next_cursor": base64.b64encode(str(page + 1).encode()).decode() if more else None,
                "has_more": more,
            }
        )

    def _is_listed(self, job: Job, request: Request) -> bool:
        asked, now = request.query_params, datetime.now(UTC)
        ended = job.ended_at or now
        start, end = asked.get("start"), asked.get("end")
        return (
            job.endpoint in _named(request)
            and (now - ended).total_seconds() >= self.lag
            and (start is None or ended >= datetime.fromisoformat(start))
            and (end is None or ended < datetime.fromisoformat(end))
        )

    async def _prices(self, request: Request) -> Response:
        if (refused := refusal(request, self.key)) is not None:
            return refused
        prices = [
            {
                "endpoint_id": name,
                "unit_price": self.prices[name],
                "unit": "images",
                "currency": "USD",
            }
            for name in _named(request)
            if name in self.prices
        ]
        return JSONResponse({"prices": prices, "next_cursor": None, "has_more": False})


def _named(request: Request) -> list[str]:
    """Read the models that are asked about: repeated, or separated by commas."""
    values = request.query_params.getlist("endpoint_id")
    return [name for value in values for name in value.split(",")]


def _page(cursor: str | None) -> int:
    return int(base64.b64decode(cursor)) if cursor else 1


def _item(job: Job, *, with_payloads: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "request_id": job.request_id,
        "endpoint_id": job.endpoint,
        "sent_at": _moment(job.sent_at),
        "started_at": _moment(job.started_at),
        "ended_at": _moment(job.ended_at),
        "status_code": job.answer.status if job.answer else None,
        "duration": job.seconds,
    }
    if with_payloads:
        item |= {"json_input": job.input, "json_output": job.answer.body if job.answer else None}
    return item


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
