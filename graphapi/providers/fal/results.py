"""What fal.ai says of a running or finished request, read as hostile input.

Sources: fal.ai/docs, inference/queue and the models' own output schemas. Of an image only `url` is
certain; no document promises as many images as were asked for.
"""

import base64
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from graphapi.domain.charges import Charge
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import ProviderMetadata
from graphapi.domain.jobs import Billed
from graphapi.errors import Rejected
from graphapi.ports.editing import EditResult, ResultImage
from graphapi.providers.http import for_people

_MAX_IMAGES = 16
_MAX_DESCRIPTION = 4000
_MAX_URL = 8000
_INT64 = 2**63
_INSIDE = "data:image/"


def last_log_line(status: dict[str, Any], key: str) -> str | None:
    """Read the newest line the model logged that says anything, short enough to show."""
    logs = status.get("logs")
    for log in reversed(logs if isinstance(logs, list) else []):
        message = log.get("message") if isinstance(log, dict) else None
        line = for_people(message, limit=200, hide=key) if isinstance(message, str) else ""
        if line:
            return line
    return None


def edit_result(body: dict[str, Any], billable_units: str = "") -> EditResult:
    """Read a finished result; raises Rejected with INVALID_OUTPUT when it holds no image.

    `billable_units` is the header of that name, which webhooks and the history do not have.
    """
    listed = _listed(body.get("images"))
    flags = _listed(body.get("has_nsfw_concepts"), bool)
    pictures = [
        _picture(image, _metadata(image, body, [flag] if len(flags) == len(listed) else flags))
        for image, flag in zip_longest(listed, flags[: len(listed)])
    ]
    images = tuple(picture for picture in pictures if picture)[:_MAX_IMAGES]
    if not images:
        said = for_people(_words(body.get("description")) or "")
        raise nothing_made("a picture", billable_units, said)
    return EditResult(
        images=images,
        metadata=images[0].metadata or ProviderMetadata(),
        billable_units=units(billable_units),
        raw=_without_contents(body),
    )


def _metadata(
    image: dict[str, Any], body: dict[str, Any], flags: Sequence[bool]
) -> ProviderMetadata:
    timings = body.get("timings")
    return ProviderMetadata(
        nsfw=any(flags) if flags else None,
        width=_whole(image.get("width")),
        height=_whole(image.get("height")),
        content_type=_words(image.get("content_type")),
        seed=_whole(body.get("seed")),
        description=_words(body.get("description")),
        timings=timings if isinstance(timings, dict) else None,
    )


def _listed(value: Any, kind: type = dict) -> list[Any]:
    return [item for item in value if isinstance(item, kind)] if isinstance(value, list) else []


def _picture(image: dict[str, Any], metadata: ProviderMetadata) -> ResultImage | None:
    """Read where an image is, or the image itself, which comes inside with `sync_mode`."""
    url = image.get("url")
    if not isinstance(url, str):
        return None
    if url.startswith(_INSIDE):
        content = _decoded(url)
        return ResultImage(content=content, metadata=metadata) if content else None
    fetchable = url.startswith(("https://", "http://")) and len(url) <= _MAX_URL
    return ResultImage(url=url, metadata=metadata) if fetchable else None


def _decoded(url: str) -> bytes | None:
    head, _, data = url.partition(",")
    try:
        return base64.b64decode(data, validate=True) if head.endswith(";base64") else None
    except ValueError:
        return None


def _without_contents(body: dict[str, Any]) -> dict[str, Any]:
    """Leave the images that came inside out of what is kept of an answer."""
    images = body.get("images")
    if not isinstance(images, list):
        return body
    return body | {"images": [_without_content(image) for image in images]}


def _without_content(image: Any) -> Any:
    url = image.get("url") if isinstance(image, dict) else None
    inside = isinstance(url, str) and url.startswith(_INSIDE)
    return image | {"url": None} if inside else image


def _words(value: Any) -> str | None:
    text = value.strip()[:_MAX_DESCRIPTION] if isinstance(value, str) else ""
    return text or None


def _whole(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
    return value if whole else None


def nothing_made(what: str, billable_units: str, said: str = "") -> Rejected:
    """Make the error of a finished request that brought nothing; `said` is what the model says.

    The header names the billed units of just this result (fal.ai/docs, model-apis: common
    parameters), so of none nothing is charged; without it nobody knows.
    """
    charge = Charge(units=units(billable_units))
    sentence = f"fal.ai finished the request without {what}"
    sentence += ", and bills nothing for it." if charge.billed is Billed.NO else "."
    sentence += f" The model says: {said}" if said else ""
    return Rejected(JobErrorCode.INVALID_OUTPUT, sentence, charge=charge)


def units(value: str) -> float | None:
    """Read the header that tells how much is charged for; None for nonsense."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < _INT64 else None
