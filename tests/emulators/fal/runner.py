"""What a runner does with a job: check the input, load the sources, draw, and answer."""

import asyncio
import base64
import binascii
import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx
from PIL import Image

from tests.emulators.fal.cdn import Cdn, Media
from tests.emulators.fal.every_model import checked_input
from tests.emulators.fal.jobs import Answer, Job
from tests.emulators.fal.models import InputError, Wanted, source_error
from tests.emulators.fal.pictures import drawn, opened
from tests.emulators.fal.sounds import SOUNDS, sounded

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Runner:
    """Runs jobs. `shrink` divides the size of what is drawn, for tests in a hurry."""

    def __init__(self, cdn: Cdn, shrink: int) -> None:
        self._cdn = cdn
        self._shrink = shrink

    async def answer(self, job: Job, seconds: float) -> Answer:
        """Do the work of one job that is to take so long, or fail as its outcome says."""
        outcome = job.outcome
        for line in outcome.logs:
            job.log(line)
        if outcome.status != 200:
            detail = outcome.body.get("detail") if isinstance(outcome.body, dict) else None
            error = detail if isinstance(detail, str) else f"Invalid status code: {outcome.status}"
            return Answer(outcome.status, outcome.body, outcome.headers, error, outcome.error_type)
        try:
            if job.endpoint in SOUNDS:
                return await sounded(job, self._cdn, _heard_from)
            wanted = checked_input(job.endpoint, job.input)
            sources = [await _loaded(*at) for at in enumerate(wanted.sources)]
        except InputError as error:
            return Answer(422, {"detail": error.detail})
        # A provider draws on machines of its own: not at the moment when the product, which may be
        # measured on this one, is busy sending or taking in.
        await asyncio.sleep(seconds / 2)
        return await self._drawn(job, wanted, sources[0] if sources else None)

    async def _drawn(self, job: Job, wanted: Wanted, source: Image.Image | None) -> Answer:
        count = wanted.num_images if job.outcome.images is None else job.outcome.images
        width, height = (max(1, side // self._shrink) for side in wanted.size(source))
        seed = secrets.randbelow(2**31) if wanted.seed is None else wanted.seed
        images = []
        for number in range(count):
            content = await asyncio.to_thread(
                drawn, source, (width, height), seed + number, wanted.output_format
            )
            images.append(self._image(job, wanted, content) | {"width": width, "height": height})
        body = {"images": images, **wanted.said(seed), **job.outcome.extra}
        units = count * wanted.units() if job.outcome.units is None else job.outcome.units
        return Answer(200, body, {"X-Fal-Billable-Units": f"{units:g}"})

    def _image(self, job: Job, wanted: Wanted, content: bytes) -> dict[str, Any]:
        content_type = f"image/{wanted.output_format}"
        name = f"{job.endpoint.rpartition('fal-ai/')[2].replace('/', '-')}-output"
        media = Media(content, content_type, job.outcome.media)
        if wanted.sync_mode:
            url = f"data:{content_type};base64,{base64.b64encode(content).decode()}"
        else:
            url = self._cdn.keep(job.base_url, f"{name}.{wanted.output_format}", media)
        return {
            "url": url,
            "content_type": content_type,
            "file_name": f"{name}.{wanted.output_format}",
            "file_size": len(content),
        }


async def _loaded(position: int, url: str) -> Image.Image:
    try:
        content = _inline(url) if url.startswith("data:") else await _fetched(url)
    except (httpx.HTTPError, httpx.InvalidURL, binascii.Error, ValueError):
        message = "Failed to download the file."
        raise source_error("file_download_error", position, message) from None
    try:
        return await asyncio.to_thread(opened, content)
    except (OSError, Image.DecompressionBombError):
        message = "Failed to load the image."
        raise source_error("image_load_error", position, message) from None


async def _heard_from(url: str) -> bytes:
    try:
        return _inline(url) if url.startswith("data:") else await _fetched(url)
    except (httpx.HTTPError, httpx.InvalidURL, binascii.Error, ValueError):
        fault = {"loc": ["body", "audio_url"], "msg": "Failed to download the file."}
        raise InputError({**fault, "type": "file_download_error"}) from None


def _inline(url: str) -> bytes:
    return base64.b64decode(url.partition(",")[2], validate=True)


async def _fetched(url: str) -> bytes:
    """Fetch as fal.ai does, without any headers of ours; but from this machine alone."""
    if urlsplit(url).hostname not in LOOPBACK:
        raise ValueError("The emulator reaches loopback only.")
    # Plain HTTP: loading the authorities for each call would take longer than all the rest.
    async with httpx.AsyncClient(trust_env=False, timeout=10, verify=False) as client:
        answer = await client.get(url)
    answer.raise_for_status()
    return answer.content
