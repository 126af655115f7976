"""An editor that talks to an emulated fal.ai."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image

from graphapi.domain.images import AspectRatio
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.ports.editing import EditRequest, EditResult, Source, Ticket
from graphapi.providers.fal import FalEditor
from tests.emulators.fal import FalEmulator, running

MODEL = "fal-ai/nano-banana-pro/edit"


@dataclass
class Fal:
    """The emulator, its address, an editor that uses it, and a source picture it can reach."""

    emulator: FalEmulator
    url: str
    editor: FalEditor
    source: str

    def request(
        self,
        prompt: str = "A wide shot.",
        model: str = MODEL,
        start_seconds: float = 600.0,
        source: str | None = None,
    ) -> EditRequest:
        return EditRequest(
            job_id="job_1",
            model=model,
            prompt=prompt,
            aspect_ratio=AspectRatio.RATIO_4_3,
            source=Source(url=source or self.source),
            mode=ModificationMode.SHOT_VARIATION,
            shot_type=ShotType.WS,
            beat=None,
            seed=20251120,
            attempt_token="attempt-1",
            start_seconds=start_seconds,
        )

    async def settled(self, ticket: Ticket) -> EditResult:
        """Check until there is a result; raises what the check raises."""
        while not isinstance(standing := await self.editor.check(ticket), EditResult):
            pass
        return standing


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
async def fal() -> AsyncIterator[Fal]:
    emulator = FalEmulator(shrink=8)
    async with running(emulator) as url:
        editor = FalEditor(key=emulator.key, queue_url=url, rest_url=url, seconds=1.0)
        source = await editor.host(png(), "image/png")
        yield Fal(emulator, url, editor, source.url)
        await editor.close()
