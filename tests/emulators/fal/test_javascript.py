"""fal.ai's own JavaScript client finds in the emulator what it finds at fal.ai.

Where Node is: elsewhere there is nothing to drive, and the Python client has shown as much.
"""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.emulators.fal import KEY, FalEmulator, running

CLIENT = Path(__file__).parent / "javascript"
NODE, NPM = shutil.which("node"), shutil.which("npm")
SECONDS = 120


async def run(*command: str | Path, folder: Path) -> bytes:
    """Run a command to its end; answers what it printed."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(SECONDS):
        said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return said


async def driven(folder: Path, fal: FalEmulator) -> dict[str, Any]:
    """Install the client into a folder of its own and let it drive the emulator."""
    assert NODE
    assert NPM
    shutil.copytree(CLIENT, folder, ignore=shutil.ignore_patterns("node_modules"))
    await run(NPM, "ci", "--silent", folder=folder)
    Image.new("RGB", (64, 36), "teal").save(folder / "source.png")
    async with running(fal) as url:
        said = await run(NODE, "drive.mjs", url, KEY, "source.png", folder=folder)
    seen: dict[str, Any] = json.loads(said)
    return seen


if NODE and NPM:

    @pytest.mark.slow
    async def test_fals_own_javascript_client_uploads_submits_waits_and_is_refused(
        tmp_path: Path,
    ) -> None:
        fal = FalEmulator(shrink=8)
        seen = await driven(tmp_path / "client", fal)
        first, second, third = fal.ledger.accepted
        assert [upload.url for upload in fal.ledger.uploads] == [seen["source"]]
        assert first.input == {
            "prompt": "a dog",
            "image_urls": [seen["source"]],
            "aspect_ratio": "16:9",
        }
        assert (first.request_id, second.request_id) == (seen["requestId"], seen["subscribedTo"])
        assert seen["url"].endswith(".png")
        assert seen["lastUpdate"] == "COMPLETED"
        assert seen["refused"]["status"] == 422
        assert seen["refused"]["detail"][0]["loc"] == ["body", "prompt"]
        assert third.endpoint == "fal-ai/nano-banana-pro/edit"
