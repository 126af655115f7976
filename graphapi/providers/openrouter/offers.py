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


@dataclass(frozen=True, slots=True)
class Offer:
    """One model, as OpenRouter lists it."""

    sees: bool
    keeps_to_schema: bool
    retires_on: date | None = None


def read_offers(body: Mapping[str, Any] | None) -> dict[str, Offer] | None:
    """Read OpenRouter's list; what is malformed in it is left out. None for what is no list."""
    listed = (body or {}).get("data")
    if not isinstance(listed, list):
        return None
    rows = [row for row in listed if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return {row["id"]: _offer(row) for row in rows}


def checked(models: Sequence[Model], offers: Mapping[str, Offer], today: date) -> list[Model]:
    """Say of each analysis model why it cannot be asked, and when it retires, as is offered.

    The first that can be asked is the default. Should none be fit, all stay as they are: the list
    may be wrong, and a model that refuses says so itself.
    """
    judged = [_judged(model, offers, today) for model in models]
    fit = [model for model in judged if model.unusable is None]
    if not fit:
        return list(models)
    return [replace(model, default=model is fit[0]) for model in judged]


def _judged(model: Model, offers: Mapping[str, Offer], today: date) -> Model:
    offer = offers.get(model.id) or offers.get(model.id.partition(_VARIANT)[0])
    retires_on = (offer and offer.retires_on) or model.lifecycle.retires_on
    lifecycle = replace(model.lifecycle, retires_on=retires_on)
    return replace(model, lifecycle=lifecycle, unusable=_fault(offer, today))


def _fault(offer: Offer | None, today: date) -> str | None:
    if offer is None:
        reason = "OpenRouter lists no such model"
    elif not offer.sees:
        reason = "it takes no pictures"
    elif not offer.keeps_to_schema:
        reason = "it cannot answer in a given form"
    elif offer.retires_on is not None and offer.retires_on <= today:
        reason = f"OpenRouter retired it on {offer.retires_on}"
    else:
        return None
    return f"{reason}. Name another in GRAPHAPI_ANALYSIS_MODELS."


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
