"""Results as they are kept in a job's row until they are taken in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from graphapi.domain.images import ProviderMetadata
from graphapi.ports.editing import EditResult
from graphapi.ports.sound import SoundResult


@dataclass(frozen=True, slots=True)
class KeptResult:
    """Where a result's first image is, by address or by storage key, and what was said of it."""

    url: str | None
    key: str | None
    metadata: ProviderMetadata


def write_result(result: EditResult | SoundResult, keys: Mapping[int, str]) -> dict[str, Any]:
    """Write a result as JSON; `keys` are those of the images whose bytes were stored."""
    if isinstance(result, SoundResult):
        # A sound that came inside is asked for once more: no row is to hold it.
        return {name: value for name, value in asdict(result).items() if name != "content"}
    return {
        "images": [
            {"url": None if number in keys else image.url, "key": keys.get(number)}
            for number, image in enumerate(result.images)
        ],
        "metadata": asdict(result.metadata),
        "billable_units": result.billable_units,
        "charged_micros": result.charged_micros,
        "raw": result.raw,
    }


def read_result(kept: Mapping[str, Any]) -> KeptResult:
    """Read what `write_result` wrote."""
    first = kept["images"][0]
    return KeptResult(first["url"], first["key"], ProviderMetadata(**kept["metadata"]))
