"""How what was asked of a model becomes what is sent to it, with an account of every change.

Nothing that was asked is dropped: it is sent, or the whole request is refused with a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphapi.domain.arguments import folded
from graphapi.domain.extra import check_addresses, checked_extra
from graphapi.domain.framing import RESOLUTION, SIZE, reframed, tier_of
from graphapi.domain.images import Picture
from graphapi.domain.masks import check_mask, told_of_mask
from graphapi.domain.models import Model
from graphapi.domain.money import Exactness, Price, price
from graphapi.domain.normalisation import Handling, Normalisation, abridged
from graphapi.domain.parameters import Parameter, ParameterType, Unfit
from graphapi.domain.sources import told_of_copies
from graphapi.errors import Refused, UserErrorCode

__all__ = ["Handling", "Normalisation"]

SEED, COUNT = "seed", "numImages"
LARGEST_SEED = 2**63 - 1
# How far a size may be from the shape that was asked for.
_SAME_SHAPE = 0.02


# Why a request is sent something else than the first one of those that were asked for with it.
_OWN_REASONS = {
    SEED: "Each request of one call counts on from the seed asked for, past the pictures of the "
    "others: or some were alike.",
    COUNT: "Its request makes this many: what is left of those asked for, or still wanted of them.",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked: `named` by our names, checked by the model's row; `extra` by the provider's.

    A name that is None was not asked for.
    """

    named: Mapping[str, Any] = field(default_factory=dict)
    extra: Any = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """What is sent, by the provider's names, and how it came to be so."""

    wire: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Normalisation, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    parameter: Parameter
    name: str
    value: Any
    sent: Any
    path: tuple[str, ...]


def settle(
    model: Model,
    options: Options | None = None,
    *,
    ratio: str | None = None,
    images: int = 1,
    sources: Sequence[Picture] | None = None,
) -> Settled:
    """Settle what is sent to a model for these options, this shape and so many pictures.

    What the model's row says to send always is sent in words. The prompt, the input pictures and
    a seed that nobody asked for are not part of it; that a copy is sent of one of the `sources`,
    the input pictures where they are known, is told all the same, and a mask must fit the first of
    them. Notes tell of a file in a data URI in short. Raises Refused with INVALID_INPUT,
    RATIO_UNSUPPORTED or COUNT_OUT_OF_RANGE.
    """
    options = options or Options()
    asked, unknown = _read(model, options)
    _check_masks(model, asked, sources)
    notes = [*_counted(model, images), *_framed(model, ratio, asked)]
    for parameter in model.parameters:
        if parameter.name in asked:
            notes.append(_note(asked[parameter.name]))
        elif parameter.always and not _is_sent(notes, parameter.wire):
            notes.append(_usual(parameter))
        elif parameter.required:
            message = f"{model.id} needs the parameter `{parameter.name}`. Give it."
            raise Refused(UserErrorCode.INVALID_INPUT, message, ("options", parameter.name))
    notes += [_untouched(name, value) for name, value in unknown.items()]
    if model.sizes:
        notes = reframed(model.sizes, notes)
    notes = [_emulated(note) if note.sent_as in model.emulated else note for note in notes]
    wire = {note.sent_as: note.sent for note in notes if note.sent_as and note.sent is not None}
    told = [_told(model, note, sources) for note in notes]
    copies = told_of_copies(model.source_limits, model.image_field, sources or ())
    return Settled(wire, (*told, *copies))


def priced(model: Model, wire: Mapping[str, Any]) -> dict[str, Any]:
    """Name what is sent as price cards do.

    Sizes are in pixels instead of the names of presets. Where a model makes the sizes of a table
    alone, the one that is sent is named by its tier, too.
    """
    known = {each.wire: each for each in model.parameters if each.type is ParameterType.SIZE}
    sizes = {name: known[name].dimensions(value) for name, value in wire.items() if name in known}
    pixels = {name: {"width": size[0], "height": size[1]} for name, size in sizes.items() if size}
    tier = tier_of(model.sizes, wire.get(SIZE))
    return {**wire, **pixels, **({RESOLUTION: tier} if tier else {})}


def asking_price(model: Model, wire: Mapping[str, Any], text: str | None = None) -> Price:
    """Tell what one request with these parameters costs, if for a speech to say this text.

    With one that only the provider knows, that is an estimate: nobody here knows what it costs.
    """
    told = price(model.price_card, priced(model, wire), text=text)
    fields = (model.ratio_field, model.second_ratio_field, model.count_field, model.image_field)
    known = {*fields, *(each.wire for each in model.parameters)}
    if told.exactness is Exactness.EXACT and not known.issuperset(wire):
        return replace(told, exactness=Exactness.ESTIMATE)
    return told


def asked_seed(model: Model, wire: Mapping[str, Any]) -> int | None:
    """Tell the seed among what is sent: only what was asked for is there."""
    parameter = model.parameter(SEED)
    seed = wire.get(parameter.wire) if parameter else None
    return seed if isinstance(seed, int) else None


def seeded(model: Model, wire: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """Add a seed that nobody asked for, where the model takes one.

    A provider's history then tells the requests of one prompt apart.
    """
    parameter = model.parameter(SEED)
    if parameter is None or seed is None or parameter.wire in wire:
        return dict(wire)
    return {**wire, parameter.wire: seed}


def reseeded(
    model: Model, wire: Mapping[str, Any], ahead: int, *, back: int, pictures: int = 1
) -> dict[str, Any]:
    """Count on from a seed that was asked for, for a request of so many pictures.

    Some models draw the pictures of one request by its seed and those that follow, so there is
    room for all of them; where they would pass the greatest seed, it goes back instead.
    """
    parameter, asked = model.parameter(SEED), asked_seed(model, wire)
    if parameter is None or asked is None or not ahead:
        return dict(wire)
    most = int(parameter.maximum) if parameter.maximum is not None else LARGEST_SEED
    fits = asked + ahead + pictures - 1 <= most
    return {**wire, parameter.wire: asked + ahead if fits else asked - back}


def counted(model: Model, wire: Mapping[str, Any], pictures: int) -> dict[str, Any]:
    """Ask for so many pictures, where the model is told how many."""
    field = model.count_field
    return {**wire, field: pictures} if field is not None and field in wire else dict(wire)


def of_picture(
    notes: Sequence[Normalisation], wire: Mapping[str, Any]
) -> tuple[Normalisation, ...]:
    """Tell what became of the parameters of one picture, whose request is sent `wire`.

    `notes` hold for all that was asked for at once, of which each request may have a seed and a
    number of pictures of its own.
    """
    return tuple(_own(note, wire) for note in notes)


def _own(note: Normalisation, wire: Mapping[str, Any]) -> Normalisation:
    sent = wire.get(note.sent_as or "", note.sent)
    if note.parameter not in _OWN_REASONS or note.asked is None or sent == note.sent:
        return note
    reason = _OWN_REASONS[note.parameter]
    return replace(note, sent=sent, handling=Handling.CONVERTED, reason=reason)


def _read(model: Model, options: Options) -> tuple[dict[str, _Asked], dict[str, Any]]:
    """Find the parameter of everything asked; the second part is what only the provider knows."""
    asked: dict[str, _Asked] = {}
    for name, value in options.named.items():
        parameter = model.parameter(name)
        if value is None:
            continue
        if parameter is None:
            raise Refused(UserErrorCode.INVALID_INPUT, _lacks(model, name), ("options", name))
        asked[name] = _fit(parameter, name, value, ("options", name))
    unknown: dict[str, Any] = {}
    for name, value in checked_extra(model, options.extra).items():
        path = ("options", "extra", name)
        parameter = _spelled(model, name)
        if parameter is None:
            check_addresses(name, value, path)
            unknown[name] = value
        elif parameter.name in asked:
            message = f"`{parameter.name}` is given twice, here as `{name}`. Give it once."
            raise Refused(UserErrorCode.INVALID_INPUT, message, path)
        else:
            asked[parameter.name] = _fit(parameter, name, value, path)
    return asked, unknown


def _spelled(model: Model, name: str) -> Parameter | None:
    """Find a parameter by the provider's name for it or by ours, in whatever spelling."""
    exact = model.parameter_sent_as(name) or model.parameter(name)
    alike = (each for each in model.parameters if folded(name) in _spellings(each))
    return exact or next(alike, None)


def _spellings(parameter: Parameter) -> tuple[str, str]:
    return folded(parameter.wire), folded(parameter.name)


def _fit(parameter: Parameter, name: str, value: Any, path: tuple[str, ...]) -> _Asked:
    try:
        return _Asked(parameter, name, value, parameter.conform(value), path)
    except Unfit as unfit:
        raise Refused(UserErrorCode.INVALID_INPUT, f"`{name}` {unfit}", path) from None


def _told(model: Model, note: Normalisation, sources: Sequence[Picture] | None) -> Normalisation:
    """Tell what is not in what is sent as it was settled: a mask's size; files only in short."""
    parameter = model.parameter(note.parameter)
    if parameter is not None:
        note = told_of_mask(parameter, note, sources, model.source_limits)
    return replace(note, asked=abridged(note.asked), sent=abridged(note.sent))


def _check_masks(
    model: Model, asked: Mapping[str, _Asked], sources: Sequence[Picture] | None
) -> None:
    for each in asked.values():
        try:
            check_mask(each.parameter, each.sent, sources, model.source_limits)
        except Unfit as unfit:
            message = f"`{each.name}` {unfit}"
            raise Refused(UserErrorCode.INVALID_INPUT, message, each.path) from None


def _counted(model: Model, images: int) -> list[Normalisation]:
    if not 1 <= images <= model.most_images:
        most = "one picture" if model.most_images == 1 else f"1 to {model.most_images} pictures"
        message = f"{model.id} makes {most} a request, and {images} were asked for."
        raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("numImages",))
    if model.count_field is None:
        return []
    return [_arrived(COUNT, images, images, model.count_field)]


def _framed(model: Model, ratio: str | None, asked: Mapping[str, _Asked]) -> list[Normalisation]:
    size = model.parameter_sent_as(model.ratio_field)
    again = _second(model, ratio)
    if size is not None and size.name in asked:
        return [*_sized(model, ratio, asked[size.name]), *again]
    chosen = ratio or model.usual_ratio
    if chosen is None:
        return []
    if chosen not in model.aspect_ratios and not model.sizes:
        raise Refused(
            UserErrorCode.RATIO_UNSUPPORTED, _unsupported(model, chosen), ("aspectRatio",)
        )
    sent = model.ratio_values.get(chosen, chosen)
    if sent is False:
        reason = f"`{model.ratio_field}` is left out: the model then follows its input."
        handling = Handling.CONVERTED if ratio else Handling.DEFAULTED
        return [Normalisation("aspectRatio", ratio, None, None, handling, reason)]
    if ratio is None:
        reason = "No shape was asked for; the documented one is sent in words."
        handling = Handling.DEFAULTED
        return [Normalisation("aspectRatio", None, sent, model.ratio_field, handling, reason)]
    return [_arrived("aspectRatio", ratio, sent, model.ratio_field), *again]


def _second(model: Model, ratio: str | None) -> list[Normalisation]:
    """Say the shape once more, where documents disagree about what it is called."""
    field, reason = model.second_ratio_field, "Documents disagree about the name, so it gets both."
    if field is None or ratio not in model.second_ratios:
        return []
    return [Normalisation("aspectRatio", ratio, ratio, field, Handling.RENAMED, reason)]


def _sized(model: Model, ratio: str | None, size: _Asked) -> list[Normalisation]:
    """Take the shape from a size that was asked for; raises Refused when they disagree."""
    if ratio is None:
        return []
    dimensions = size.parameter.dimensions(size.sent)
    if dimensions is None or not _has_shape(dimensions, ratio):
        message = (
            f"`{size.name}` has another shape than {ratio}, which aspectRatio asks of {model.id}. "
            "Make them agree."
        )
        raise Refused(UserErrorCode.RATIO_UNSUPPORTED, message, ("aspectRatio",))
    reason = f"`{size.name}` has this shape and is sent instead."
    return [Normalisation("aspectRatio", ratio, None, None, Handling.CONVERTED, reason)]


def _has_shape(dimensions: tuple[int, int], ratio: str) -> bool:
    wide, _, high = ratio.partition(":")
    if not (wide.isdigit() and high.isdigit()):
        return False
    asked = int(wide) / int(high)
    return abs(dimensions[0] / dimensions[1] - asked) <= _SAME_SHAPE * asked


def _unsupported(model: Model, ratio: str) -> str:
    if not model.aspect_ratios:
        return f"{model.id} cannot be told a shape, and {ratio} was asked for."
    return f"{model.id} cannot make {ratio} pictures. It makes {', '.join(model.aspect_ratios)}."


def _lacks(model: Model, name: str) -> str:
    known = ", ".join(each.name for each in model.parameters)
    has = f"It has: {known}." if known else "It has none."
    return f"{model.id} has no parameter `{name}`. {has}"


def _is_sent(notes: list[Normalisation], wire: str) -> bool:
    return any(note.sent_as == wire for note in notes)


def _note(asked: _Asked) -> Normalisation:
    parameter = asked.parameter
    note = _arrived(parameter.name, asked.value, asked.sent, parameter.wire, asked.name)
    if parameter.warning is None or asked.sent is not True:
        return note
    return replace(note, reason=f"{note.reason} {parameter.warning}")


def _arrived(
    parameter: str, asked: Any, sent: Any, wire: str, given_as: str | None = None
) -> Normalisation:
    if sent != asked or type(sent) is not type(asked):
        handling, reason = (
            Handling.CONVERTED,
            f"The provider takes it as `{wire}`, in its own form.",
        )
    elif wire != (given_as or parameter):
        handling, reason = Handling.RENAMED, f"The provider calls it `{wire}`."
    else:
        handling, reason = Handling.PASSED, "Sent as it was asked."
    return Normalisation(parameter, asked, sent, wire, handling, reason)


def _usual(parameter: Parameter) -> Normalisation:
    reason = "It was not asked for; the documented default is sent in words."
    sent, wire = parameter.default, parameter.wire
    return Normalisation(parameter.name, None, sent, wire, Handling.DEFAULTED, reason)


def _emulated(note: Normalisation) -> Normalisation:
    if note.handling is Handling.DEFAULTED:
        return note
    reason = "The provider sees to it itself where the model behind it cannot."
    return replace(note, handling=Handling.EMULATED, reason=reason)


def _untouched(name: str, value: Any) -> Normalisation:
    reason = "This server knows nothing of it: it goes to the provider as it was asked."
    return Normalisation(name, value, value, name, Handling.PASSED, reason)
