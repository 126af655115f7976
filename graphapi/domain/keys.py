"""Where each picture and each recording lies in storage.

A key is made of ids of ours and fixed words alone, never of anything a person typed, and the same
upload or job always has the same keys, so that doing the work again writes over itself.
"""

from graphapi.domain.ids import Noun, noun_of
from graphapi.domain.images import Size
from graphapi.domain.recordings import EXTENSIONS, AudioType

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_TYPES = {extension: content_type for content_type, extension in _EXTENSIONS.items()}


def upload_key(picture_id: str, content_type: str, size: Size | None = None) -> str:
    """Tell where an uploaded or fetched picture lies; without `size`, the full picture.

    Raises ValueError for an id that is not a picture's, or a type that is never stored.
    """
    return _key("uploads", Noun.PICTURE, picture_id, content_type, size)


def result_key(job_id: str, content_type: str, size: Size | None = None) -> str:
    """Tell where the picture that a job made lies; without `size`, the full picture.

    Raises ValueError for an id that is not a job's, or a type that is never stored.
    """
    return _key("jobs", Noun.JOB, job_id, content_type, size)


def copy_key(key: str, name: str, content_type: str) -> str:
    """Tell where a copy of a full picture lies: beside it, so that it is removed with it.

    Raises ValueError for a type that is never stored.
    """
    return f"{folder_of(key)}/{name}.{_extension(content_type)}"


def folder_of(key: str) -> str:
    """Tell in which folder all lies that is one picture's, or one recording's."""
    return key.rpartition("/")[0]


def content_type_of(key: str) -> str:
    """Tell what kind of picture lies under a key; raises KeyError where none does."""
    return _TYPES[key.rpartition(".")[2]]


def answer_key(job_id: str, number: int) -> str:
    """Tell where the bytes of a provider's answer lie, as they came, until they are taken in."""
    if noun_of(job_id) is not Noun.JOB:
        raise ValueError(f"not the id of a job: {job_id!r}")
    return f"jobs/{job_id}/answer-{number}.bin"


def recording_key(identifier: str, audio: AudioType) -> str:
    """Tell where a recording lies: one that was uploaded or fetched by its id, else by its job's.

    Raises ValueError for any other id.
    """
    folder = {Noun.RECORDING: "uploads", Noun.JOB: "jobs"}.get(noun_of(identifier) or Noun.USER)
    if folder is None:
        raise ValueError(f"not the id of a recording or a job: {identifier!r}")
    return f"{folder}/{identifier}/original.{EXTENSIONS[audio]}"


def _key(folder: str, noun: Noun, identifier: str, content_type: str, size: Size | None) -> str:
    if noun_of(identifier) is not noun:
        raise ValueError(f"not the id of a {noun.name.lower()}: {identifier!r}")
    return f"{folder}/{identifier}/{size or 'original'}.{_extension(content_type)}"


def _extension(content_type: str) -> str:
    extension = _EXTENSIONS.get(content_type)
    if extension is None:
        raise ValueError(f"pictures of type {content_type!r} are never stored")
    return extension
