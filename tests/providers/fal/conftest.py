"""An editor that talks to an emulated fal.ai, and an address for its webhooks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphapi.domain.images import AspectRatio
from graphapi.domain.options import Options, seeded, settle
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.ports.editing import EditRequest, EditResult, Source, Ticket
from graphapi.providers.fal import FalEditor, FalWebhookVerifier
from graphapi.providers.model_rows import load_models
from tests.emulators.fal import USER_ID, FalEmulator, running
from tests.emulators.serving import serve

MODEL = "fal-ai/nano-banana-pro/edit"
MODELS = {model.id: model for model in load_models()}


@dataclass
class Fal:
    """The emulator, its address, an editor that uses it, and a source picture it can reach."""

    emulator: FalEmulator
    url: str
    editor: FalEditor
    source: str

    def request(
        self,
        *,
        prompt: str = "A wide shot.",
        model: str = MODEL,
        start_seconds: float = 600.0,
        source: str | None = None,
        webhook_url: str | None = None,
        seed: int = 20251120,
        ratio: str | None = "4:3",
        options: Options | None = None,
        images: int = 1,
    ) -> EditRequest:
        row = MODELS.get(model, MODELS[MODEL])
        settled = settle(row, options, ratio=ratio, images=images)
        return EditRequest(
            job_id="job_1",
            model=model,
            prompt=prompt,
            aspect_ratio=AspectRatio.RATIO_4_3,
            source=Source(url=source or self.source),
            mode=ModificationMode.SHOT_VARIATION,
            shot_type=ShotType.WS,
            beat=None,
            seed=seed,
            attempt_token="attempt-1",
            start_seconds=start_seconds,
            webhook_url=webhook_url,
            options=seeded(row, settled.wire, seed),
            image_field=row.image_field,
            takes_list=row.takes_list,
        )

    async def settled(self, ticket: Ticket) -> EditResult:
        """Check until there is a result; raises what the check raises."""
        while not isinstance(standing := await self.editor.check(ticket), EditResult):
            pass
        return standing


class Doorstep:
    """A public address of ours: keeps what is delivered, and answers as it is told."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses: list[int] = []
        self.addresses: list[str] = []
        self.delivered: list[tuple[Headers, bytes]] = []
        self._bell = asyncio.Event()
        self.app = Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])])

    async def wait(self, count: int = 1) -> None:
        """Wait for this many deliveries."""
        async with asyncio.timeout(10):
            while len(self.delivered) < count:
                self._bell.clear()
                await self._bell.wait()

    async def _take(self, request: Request) -> Response:
        self.addresses.append(str(request.url))
        self.delivered.append((request.headers, await request.body()))
        self._bell.set()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)


class TurnedClock:
    """The machine's clock, turned by as much as a test says."""

    def __init__(self) -> None:
        self.turned = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.turned


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
async def fal() -> AsyncIterator[Fal]:
    emulator = FalEmulator(shrink=8)
    async with running(emulator) as url:
        editor = FalEditor(
            key=emulator.key, queue_url=url, rest_url=url, api_url=f"{url}/v1", seconds=1.0
        )
        source = await editor.host(png(), "image/png")
        yield Fal(emulator, url, editor, source.url)
        await editor.close()


@pytest.fixture
async def doorstep() -> AsyncIterator[Doorstep]:
    doorstep = Doorstep()
    async with serve(doorstep.app) as url:
        doorstep.url = f"{url}/webhooks/fal/token-1?a=b&c=d"
        yield doorstep


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def verifier(fal: Fal, clock: TurnedClock) -> AsyncIterator[FalWebhookVerifier]:
    verifier = FalWebhookVerifier(
        clock=clock, jwks_url=f"{fal.url}/.well-known/jwks.json", user_id=USER_ID
    )
    yield verifier
    await verifier.close()
