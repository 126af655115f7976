"""What an analysis is asked and what it may answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnalysisContext:
    """What a person already knows of the image, told to the model as data."""

    title: str | None = None
    tags: tuple[str, ...] = ()
    category: str | None = None
    description: str | None = None
    source: str | None = None
    sref: str | None = None


@dataclass(frozen=True, slots=True)
class AnalysedFields:
    """What a model says of an image, already validated, capped and normalised.

    Null or empty where the model had nothing to say.
    """

    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    category: str | None = None
    group: str | None = None
    project_name: str | None = None
    moodboard_name: str | None = None
    genre: str | None = None
    style: str | None = None
    shot: str | None = None
