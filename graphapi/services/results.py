"""Results as they are kept in a job's row until they are taken in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.images import ProviderMetadata
from graphapi.domain.jobs import OF_SOUND, JobKind
from graphapi.persistence.records import AnyRow
from graphapi.ports.editing import EditResult, ResultImage
from graphapi.ports.sound_result import SoundResult

# What somebody tells of a request's end; None does not say enough.
Outcome: TypeAlias = EditResult | SoundResult | Failure | None


@dataclass(frozen=True, slots=True)
class KeptResult:
    """Where one image of a result is, by address or by storage key, and what was said of it."""

    url: str | None
    key: str | None
    metadata: ProviderMetadata


def write_result(result: EditResult | SoundResult, keys: Mapping[int, str]) -> dict[str, Any]:
    """Write a result as JSON; `keys` are those of its contents, which are stored: see `Answers`.

    A sound is the first of them.
    """
    if isinstance(result, SoundResult):
        said = {name: value for name, value in asdict(result).items() if name != "content"}
        return said | {"key": keys.get(0)}
    return {
        "images": [
            {"url": None if number in keys else image.url, "key": keys.get(number)}
            | _said(image, result)
            for number, image in enumerate(result.images)
        ],
        "metadata": asdict(result.metadata),
        "billable_units": result.billable_units,
        "charged_micros": result.charged_micros,
        "raw": result.raw,
    }


def read_result(kept: Mapping[str, Any], place: int = 0) -> KeptResult:
    """Read what `write_result` wrote of the image at this place; raises FileNotFoundError."""
    if not holds(kept, place):
        raise FileNotFoundError("The answer holds no picture for this place.")
    image = kept["images"][place]
    metadata = image.get("metadata") or kept["metadata"]
    return KeptResult(image["url"], image["key"], ProviderMetadata(**metadata))


def holds(kept: Mapping[str, Any], place: int) -> bool:
    """Tell whether what `write_result` wrote has something at this place; a sound has one."""
    return "images" not in kept or place < len(kept["images"])


def is_stored(kept: Mapping[str, Any], place: int) -> bool:
    """Tell whether what is at this place lies in our own storage, where it stays as it is."""
    return bool(_at(kept, place).get("key"))


def can_be_had(kept: Mapping[str, Any], place: int) -> bool:
    """Tell whether what is at this place has an address, lies in our storage, or is words."""
    if not holds(kept, place):
        return False
    each = _at(kept, place)
    return any(each.get(name) is not None for name in ("url", "key", "text"))


def _at(kept: Mapping[str, Any], place: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = kept["images"][place] if "images" in kept else kept
    return found


def _said(image: ResultImage, result: EditResult) -> dict[str, Any]:
    own = image.metadata or result.metadata
    return {} if own == result.metadata else {"metadata": asdict(own)}


def believed(job: AnyRow, told: Outcome) -> Outcome:
    """Tell what to believe of an end that was told unasked; None: it is asked for by its id.

    Who tells of it cannot know what was asked for, so what is no answer to that says nothing.
    """
    of_sound = job.kind in OF_SOUND
    if isinstance(told, Failure):
        # Whatever is not known for sound is read as of pictures, of which there are none.
        return None if of_sound and told.code is JobErrorCode.INVALID_OUTPUT else told
    if isinstance(told, SoundResult):
        heard = told.text is not None
        return told if of_sound and heard is (job.kind is JobKind.TRANSCRIPTION) else None
    return None if of_sound else told
