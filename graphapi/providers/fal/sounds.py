"""fal.ai's models of sound, asked by the queue that its image models use too."""

from graphapi.ports.editing import (
    Cancelled,
    HostedSource,
    Marker,
    Sighting,
    SourceRoute,
    Ticket,
    Waiting,
)
from graphapi.ports.sound import SoundRequest
from graphapi.ports.sound_result import SoundResult
from graphapi.providers.fal.queue import FalQueue, Reader


class FalSounds:
    """fal.ai's models of one kind of sound.

    `read` makes a result of a finished request's body: `transcript` or `speech`.
    """

    provider = "fal"
    source_route = SourceRoute.URL

    def __init__(self, queue: FalQueue, read: Reader[SoundResult]) -> None:
        self.slots = queue.slots
        self._queue = queue
        self._read = read

    async def host(self, content: bytes, content_type: str) -> HostedSource:
        """Upload a recording to fal.ai's CDN, to be kept for a day."""
        return await self._queue.host(content, content_type)

    async def submit(self, request: SoundRequest) -> Ticket:
        """Queue one request with exactly one POST; raises as `FalQueue.submit` does."""
        own = {request.subject_field: request.subject}
        body = {**own, **request.options, **own}
        return await self._queue.submit(request, body)

    async def check(self, ticket: Ticket) -> Waiting | SoundResult:
        """Ask how a request stands, and fetch its result; raises as `FalQueue.check` does."""
        return await self._queue.check(ticket, self._read)

    def ticket(self, model: str, request_id: str) -> Ticket:
        """Make the ticket of a request whose id came by webhook; raises Rejected for nonsense."""
        return self._queue.ticket(model, request_id)

    async def cancel(self, ticket: Ticket) -> Cancelled:
        """Ask fal.ai to stop a request; raises as `FalQueue.cancel` does."""
        return await self._queue.cancel(ticket)

    async def find(self, marker: Marker) -> Sighting:
        """Look for a request in fal.ai's history, by all that it was asked."""
        return await self._queue.find(marker)
