"""The one function that builds prompts: what the preview shows is what is sent, to the byte."""

from itertools import cycle, islice

from graphapi.domain.prompts.beats import BEATS
from graphapi.domain.prompts.beats.shot import TAKES
from graphapi.domain.prompts.briefs import BRIEFS, Brief, shot_brief
from graphapi.domain.prompts.phrases import anchored, note, time_cue
from graphapi.domain.prompts.quoting import shorten, tidy
from graphapi.domain.prompts.shots import SHOTS
from graphapi.domain.variations import (
    MAX_DETAIL_LENGTH,
    MAX_VARIATIONS,
    ModificationMode,
    Plan,
    PlannedVariation,
    Position,
    ShotType,
    VariationRequest,
)
from graphapi.errors import Refused, UserErrorCode

# An anchor, not a second brief: enough for who and where.
MAX_DESCRIPTION_LENGTH = 600

_SHOT_ORDER = tuple(ShotType)


def plan(request: VariationRequest) -> Plan:
    """Plan the variations of one request, in order, from where the image left off.

    The same request always gives the same plan; within one plan no two prompts are alike.
    Shot-variation goes through the sixteen shots, or through `shot_types`, or, where a detail
    decides the shot, through beats; every other mode goes through its own beats. The plan's
    position is for the image to keep once the plan is really scheduled.

    Raises `Refused`: COUNT_OUT_OF_RANGE unless 0 to 12, DETAIL_TOO_LONG above 500 characters,
    INVALID_INPUT for shot types in another mode or more of them than variations.
    """
    _check(request)
    detail = tidy(request.detail)
    if request.mode is not ModificationMode.SHOT_VARIATION:
        return _by_beats(request, detail)
    if request.shot_types:
        return _by_named_shots(request, detail)
    return _by_beats(request, detail) if detail else _by_shots(request)


def _check(request: VariationRequest) -> None:
    if not 0 <= request.count <= MAX_VARIATIONS:
        raise Refused(
            UserErrorCode.COUNT_OUT_OF_RANGE,
            f"variationCount is {request.count}. Ask for 0 to {MAX_VARIATIONS}.",
            ("variationCount",),
        )
    length = len((request.detail or "").strip())
    if length > MAX_DETAIL_LENGTH:
        raise Refused(
            UserErrorCode.DETAIL_TOO_LONG,
            f"variationDetail has {length} characters. Shorten it to {MAX_DETAIL_LENGTH}.",
            ("variationDetail",),
        )
    if request.shot_types:
        _check_shot_types(request.mode, request.count, len(request.shot_types))


def _check_shot_types(mode: ModificationMode, count: int, named: int) -> None:
    if mode is not ModificationMode.SHOT_VARIATION:
        raise Refused(
            UserErrorCode.INVALID_INPUT,
            f"shotTypes belong to SHOT_VARIATION. Leave them out for {mode.name}.",
            ("shotTypes",),
        )
    if named > count:
        raise Refused(
            UserErrorCode.INVALID_INPUT,
            f"shotTypes names {_counted(named, 'shot')} for {_counted(count, 'variation')}. "
            "Name fewer shots or raise variationCount.",
            ("shotTypes",),
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _by_beats(request: VariationRequest, detail: str) -> Plan:
    beats = BEATS[request.mode]
    start = request.position.beats.get(request.mode, 0)
    numbers = [(start + step) % len(beats) for step in range(request.count)]
    variations = tuple(
        PlannedVariation(
            _prompt(request, detail, BRIEFS[request.mode], beats[number]), None, number
        )
        for number in numbers
    )
    return Plan(variations, _moved(request, beats=request.count))


def _by_shots(request: VariationRequest) -> Plan:
    start = request.position.shots
    numbers = range(start, start + request.count)
    shots = [_SHOT_ORDER[number % len(_SHOT_ORDER)] for number in numbers]
    # On the second round and all that follow, every shot has been seen before.
    repeats = [number >= len(_SHOT_ORDER) for number in numbers]
    return _of_shots(request, "", shots, repeats, walked=request.count)


def _by_named_shots(request: VariationRequest, detail: str) -> Plan:
    shots = list(islice(cycle(request.shot_types or ()), request.count))
    repeats = [shot in shots[:place] for place, shot in enumerate(shots)]
    return _of_shots(request, detail, shots, repeats, walked=0)


def _of_shots(
    request: VariationRequest,
    detail: str,
    shots: list[ShotType],
    repeats: list[bool],
    *,
    walked: int,
) -> Plan:
    """Plan shots one by one; a repeated shot takes the next beat, so that it differs."""
    used = request.position.beats.get(request.mode, 0)
    taken = 0
    variations = []
    for shot_type, repeated in zip(shots, repeats, strict=True):
        take = (used + taken) % len(TAKES) if repeated else None
        taken += repeated
        variations.append(
            PlannedVariation(_shot_prompt(request, detail, shot_type, take), shot_type, take)
        )
    return Plan(tuple(variations), _moved(request, shots=walked, beats=taken))


def _shot_prompt(
    request: VariationRequest, detail: str, shot_type: ShotType, take: int | None
) -> str:
    shot = SHOTS[shot_type]
    body = shot.framing if take is None else f"{shot.framing} {TAKES[take]}"
    return _prompt(request, detail, shot_brief(shot), body)


def _prompt(request: VariationRequest, detail: str, brief: Brief, body: str) -> str:
    """Say everything in order: the most important first, the hard constraint last."""
    description = shorten(tidy(request.description), MAX_DESCRIPTION_LENGTH)
    sentences = (
        time_cue(request.mode, request.group, detail),
        brief.lead,
        note(detail, brief.precedence),
        body,
        brief.keep,
        anchored(description, brief.anchor),
        brief.light,
        brief.constraint,
    )
    return " ".join(filter(None, sentences))


def _moved(request: VariationRequest, *, shots: int = 0, beats: int = 0) -> Position:
    old = request.position
    if not beats:
        return Position(old.shots + shots, dict(old.beats))
    used = old.beats.get(request.mode, 0) + beats
    return Position(old.shots + shots, {**old.beats, request.mode: used})
