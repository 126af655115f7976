"""What OpenRouter says of its models: whether they see, keep to a schema, and until when they are.

Source: `GET /models` of OpenRouter's API reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from graphapi.domain.models import Model

# A variant such as `:nitro` chooses among the endpoints of the model before the colon.
_VARIANT = ":"


_ELSE = "Name another in GRAPHAPI_ANALYSIS_MODELS."


@dataclass(frozen=True, slots=True)
class Offer:
    """One model, as OpenRouter lists it."""

    sees: bool
    keeps_to_schema: bool
    retires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The models as they are after a look at the list, and what an operator should know of it."""

    models: list[Model]
    remarks: tuple[str, ...] = ()


def read_offers(body: Mapping[str, Any] | None) -> dict[str, Offer] | None:
    """Read OpenRouter's list; what is malformed in it is left out. None for what is no list."""
    listed = (body or {}).get("data")
    if not isinstance(listed, list):
        return None
    rows = [row for row in listed if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return {row["id"]: _offer(row) for row in rows}


def checked(models: Sequence[Model], offers: Mapping[str, Offer]) -> Checked:
    """Say of each analysis model why it cannot be asked, and when it retires, as is offered.

    The first that can be asked is the default. Should none be fit, all are asked: the list may be
    wrong, and a model that refuses says so itself.
    """
    listed = [(_dated(model, offer), _fault(offer)) for model, offer in _offered(models, offers)]
    faults = {model.id: fault for model, fault in listed if fault}
    fit = [model for model, fault in listed if not fault]
    if not fit:
        return _all_the_same([model for model, _ in listed], faults)
    judged = [
        replace(model, default=model is fit[0], unusable=f"{fault} {_ELSE}" if fault else None)
        for model, fault in listed
    ]
    told = tuple(f"{name} is not asked. {fault} {_ELSE}" for name, fault in faults.items())
    return Checked(judged, told)


def _offered(
    models: Sequence[Model], offers: Mapping[str, Offer]
) -> list[tuple[Model, Offer | None]]:
    return [
        (model, offers.get(model.id) or offers.get(model.id.partition(_VARIANT)[0]))
        for model in models
    ]


def _dated(model: Model, offer: Offer | None) -> Model:
    retires_on = (offer and offer.retires_on) or model.lifecycle.retires_on
    return replace(model, lifecycle=replace(model.lifecycle, retires_on=retires_on))


def _all_the_same(models: Sequence[Model], faults: Mapping[str, str]) -> Checked:
    """Ask models of which none is fit, and say so of each of them and once of all."""
    noted = [
        replace(
            model,
            lifecycle=model.lifecycle.noting(
                f"By OpenRouter's list it is not fit: {faults[model.id]} It is asked all the same, "
                "as no model of GRAPHAPI_ANALYSIS_MODELS is fit."
            ),
        )
        for model in models
    ]
    each = " ".join(f"{name}: {fault}" for name, fault in faults.items())
    told = (
        "By OpenRouter's list no model of GRAPHAPI_ANALYSIS_MODELS is fit. All are asked all "
        f"the same, since the list may be wrong. {each} {_ELSE}"
    )
    return Checked(noted, (told,) if noted else ())


def _fault(offer: Offer | None) -> str | None:
    if offer is None:
        return "OpenRouter lists no such model."
    if not offer.sees:
        return "It takes no pictures."
    return None if offer.keeps_to_schema else "It cannot answer in a given form."


def _offer(row: Mapping[str, Any]) -> Offer:
    architecture = row.get("architecture")
    shape = architecture if isinstance(architecture, dict) else {}
    return Offer(
        sees="image" in _words(shape.get("input_modalities")),
        keeps_to_schema="structured_outputs" in _words(row.get("supported_parameters")),
        retires_on=_day(row.get("expiration_date")),
    )


def _words(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _day(value: Any) -> date | None:
    """Read a date, written as one, as a moment, or as seconds since 1970."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC).date()
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
