"""Describe a picture from its pixels on this machine: no key, no network, no model."""

import asyncio
import math

from graphapi.domain.analysis import AnalysedFields
from graphapi.ports.analysis import AnalysisRequest, AnalysisResult
from graphapi.providers.local.measures import Measures, measure
from graphapi.providers.local.reading import read_picture

MODEL = "local/pixels"
DISCLAIMER = "Measured from the pixels alone, by no AI model: it knows no people, things or places."

_LONGEST_READ = 512
_COLORS_NAMED, _COVERS_ENOUGH = 3, 0.08


class LocalAnalyst:
    """The built-in provider of analysis: it says what can be measured, and nothing else.

    Light, contrast, warmth, colours, format and balance become a description and tags. What
    would need recognition (title, category, genre, shot and the like) stays empty.
    """

    provider = "local"
    repeatable = True
    slots: int | None = 2

    async def analyse(self, request: AnalysisRequest) -> AnalysisResult:
        """Measure a picture; raises Rejected when it cannot be read."""
        fields = await asyncio.to_thread(describe, request.content)
        return AnalysisResult(fields, MODEL, cost_usd=0.0)

    async def close(self) -> None:
        """Do nothing: no connection is held."""


def describe(content: bytes) -> AnalysedFields:
    """Put the measures of an encoded picture into words."""
    facts = measure(read_picture(content, _LONGEST_READ))
    shape, key, contrast, mood = _shape(facts), _key(facts), _contrast(facts), _mood(facts)
    colors = _colors(facts)
    description = (
        f"A frame in {shape}, {key}, of {contrast}, in {mood}. "
        f"It is built on {_listed(colors)}; the eye goes to the {_place(facts.weight)}. "
        f"{DISCLAIMER}"
    )
    tags = (shape, key, contrast, mood, *colors)
    style = "Black and white" if mood == _MONOCHROME else None
    return AnalysedFields(description=description, tags=tags, style=style)


_MONOCHROME = "black and white"
# The first whose limit is not reached.
_SHAPES = (
    (0.95, "portrait orientation"),
    (1.06, "square format"),
    (2.0, "landscape orientation"),
    (math.inf, "panoramic format"),
)
_KEYS = ((0.3, "low-key"), (0.62, "mid-key"), (math.inf, "high-key"))
_CONTRASTS = ((0.28, "low contrast"), (0.52, "medium contrast"), (math.inf, "high contrast"))
_WARMTHS = ((-0.04, "cool tones"), (0.05, "neutral tones"), (math.inf, "warm tones"))
_ACROSS = ((0.38, "left"), (0.62, "centre"), (math.inf, "right"))
_DOWN = ((0.36, "upper"), (0.66, "middle"), (math.inf, "lower"))


def _word(value: float, scale: tuple[tuple[float, str], ...]) -> str:
    return next(word for limit, word in scale if value < limit)


def _shape(facts: Measures) -> str:
    return _word(facts.ratio, _SHAPES)


def _key(facts: Measures) -> str:
    return _word(facts.brightness, _KEYS)


def _contrast(facts: Measures) -> str:
    return _word(facts.contrast, _CONTRASTS)


def _mood(facts: Measures) -> str:
    if facts.saturation < 0.03:  # noqa: PLR2004 - the noise of a grey picture saved as JPEG
        return _MONOCHROME
    return _word(facts.warmth, _WARMTHS)


def _colors(facts: Measures) -> tuple[str, ...]:
    widest = [name for name, part in facts.colors if part >= _COVERS_ENOUGH]
    return tuple(widest[:_COLORS_NAMED]) or (facts.colors[0][0],)


def _listed(words: tuple[str, ...]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _place(weight: tuple[float, float]) -> str:
    down, across = _word(weight[1], _DOWN), _word(weight[0], _ACROSS)
    if (down, across) == ("middle", "centre"):
        return "centre"
    return f"{down} {across}"
