"""An editor that talks to an emulated Lumenfall."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image

from graphapi.domain.images import AspectRatio
from graphapi.domain.options import Options, seeded, settle
from graphapi.domain.variations import ModificationMode, ShotType
from graphapi.ports.editing import EditRequest, Source
from graphapi.providers.lumenfall import LumenfallEditor
from graphapi.providers.model_rows import load_models
from tests.emulators.lumenfall import LumenfallEmulator, running

(ROW,) = [model for model in load_models() if model.provider == "lumenfall"]
SEED = 20251120
# What a request works on that makes a picture from words alone.
FROM_WORDS = Source()


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    """Draw a source picture."""
    file = BytesIO()
    Image.new(mode, size, "teal").save(file, kind)
    return file.getvalue()


@dataclass
class Lumenfall:
    """The emulator, its address, and an editor that uses it."""

    emulator: LumenfallEmulator
    url: str
    editor: LumenfallEditor

    def request(
        self,
        *,
        source: Source | None = None,
        further: tuple[Source, ...] = (),
        model: str = ROW.endpoint,
        ratio: str | None = "4:3",
        options: Options | None = None,
        images: int = 1,
        seed: int | None = SEED,
    ) -> EditRequest:
        """Ask for a picture, by default for an edit of one."""
        settled = settle(ROW, options, ratio=ratio, images=images)
        return EditRequest(
            job_id="job_1",
            model=model,
            prompt="A wide shot.",
            aspect_ratio=AspectRatio.RATIO_4_3,
            source=source or Source(content=picture()),
            further=further,
            mode=ModificationMode.SHOT_VARIATION,
            shot_type=ShotType.WS,
            beat=None,
            seed=SEED,
            attempt_token="attempt-1",
            start_seconds=600.0,
            options=seeded(ROW, settled.wire, seed),
            image_field=None if source is FROM_WORDS else ROW.image_field,
            takes_list=ROW.takes_list,
        )


@pytest.fixture
async def lumenfall() -> AsyncIterator[Lumenfall]:
    emulator = LumenfallEmulator(shrink=8)
    async with running(emulator) as url:
        editor = LumenfallEditor(key=emulator.key, url=url, seconds=1.0)
        yield Lumenfall(emulator, url, editor)
        await editor.close()
