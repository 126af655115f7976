"""Image edits by fal.ai's queue."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import Rejected
from graphapi.ports.editing import (
    Cancelled,
    EditRequest,
    EditResult,
    HostedSource,
    Marker,
    Sighting,
    SourceRoute,
    Ticket,
    Waiting,
)
from graphapi.ports.prices import LivePrice
from graphapi.providers.fal.queue import FalQueue
from graphapi.providers.fal.results import edit_result


class FalEditor:
    """Edits images by way of fal.ai's queue, which takes the same settings.

    Raises ConfigurationError for a key or headers that cannot be sent.
    """

    provider = "fal"
    repeatable = False
    source_route = SourceRoute.URL

    def __init__(  # noqa: PLR0913 - one value for each setting
        self,
        *,
        key: str,
        queue_url: str = "https://queue.fal.run",
        rest_url: str = "https://rest.fal.ai",
        api_url: str = "https://api.fal.ai/v1",
        headers: Mapping[str, str] | None = None,
        slots: int | None = None,
        seconds: float = 60.0,
    ) -> None:
        self.slots = slots
        self.queue = FalQueue(
            key=key,
            queue_url=queue_url,
            rest_url=rest_url,
            api_url=api_url,
            headers=headers,
            slots=slots,
            seconds=seconds,
        )

    async def host(self, content: bytes, content_type: str) -> HostedSource:
        """Upload a source picture to fal.ai's CDN, to be kept for a day."""
        return await self.queue.host(content, content_type)

    async def submit(self, request: EditRequest) -> Ticket:
        """Queue one edit with exactly one POST; raises as `FalQueue.submit` does."""
        if request.source.url is None and request.image_field is not None:
            code = JobErrorCode.SOURCE_MISSING
            raise Rejected(code, "fal.ai needs the address of a source picture, and has none.")
        return await self.queue.submit(request, _input(request))

    async def check(self, ticket: Ticket) -> Waiting | EditResult:
        """Ask how a request stands, and fetch its result; raises as `FalQueue.check` does."""
        return await self.queue.check(ticket, edit_result)

    def ticket(self, model: str, request_id: str) -> Ticket:
        """Make the ticket of a request whose id came by webhook; raises Rejected for nonsense."""
        return self.queue.ticket(model, request_id)

    async def cancel(self, ticket: Ticket) -> Cancelled:
        """Ask fal.ai to stop a request; raises as `FalQueue.cancel` does."""
        return await self.queue.cancel(ticket)

    async def find(self, marker: Marker) -> Sighting:
        """Look for a request in fal.ai's history, by what it was asked and its seed."""
        return await self.queue.find(marker)

    async def prices(self, models: Sequence[str]) -> dict[str, LivePrice]:
        """Read what fal.ai charges for these models now; raises Throttled or Rejected."""
        return await self.queue.prices(models)

    async def probe(self) -> None:
        """Try the key for nothing; raises ConfigurationError that says what to do."""
        await self.queue.probe()

    async def close(self) -> None:
        """Close connections."""
        await self.queue.close()


def _input(request: EditRequest) -> dict[str, Any]:
    field = request.image_field
    urls = [each.url for each in (request.source, *request.further)]
    sources = {field: urls if request.takes_list else urls[0]} if field else {}
    own = {"prompt": request.prompt, **sources}
    return {**own, **request.options, **own}
