"""Writing down what was asked: a generation, its waiting images, and one queued job for each.

Shared by a request for variations and by an analysis that variations follow.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from graphapi.domain.ids import Noun, new_id
from graphapi.domain.images import AiStatus, Picture, ReviewStatus, SourceType
from graphapi.domain.jobs import Billed, JobKind, Stage
from graphapi.domain.library import Image
from graphapi.domain.models import Model
from graphapi.domain.options import asked_seed, asking_price, settle
from graphapi.domain.prompts.shots import SHOTS
from graphapi.domain.shapes import ratio_sent
from graphapi.domain.variations import Plan, PlannedVariation, Position
from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence import generations, pictures
from graphapi.persistence.records import normalisation_values, position_values
from graphapi.persistence.transition import add_images, add_jobs, change_image
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.requests import VariationsWanted

SEEDS = 2**31
# How soon, and how late, a request may expire, in seconds.
SHORTEST_PATIENCE, LONGEST_PATIENCE = 10, 24 * 60 * 60
# What a variation takes over from its source, so that it is found where its source is.
_INHERITED = (
    "title", "category", "group", "genre", "project_name", "moodboard_name", "source", "sref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """Everything a schedule needs. `start` is where the image stood when `plan` was made."""

    source: Image
    wanted: VariationsWanted
    plan: Plan
    start: Position
    model: Model
    picture_id: str
    now: datetime
    deadline_at: datetime


def seed_for(model: Model, options: Mapping[str, Any]) -> int:
    """Tell the seed of a new job: the one that was asked for, else one of its own."""
    asked = asked_seed(model, options)
    return secrets.randbelow(SEEDS) if asked is None else asked


def picture_of(image: Image, field: tuple[str, ...] = ("imageId",)) -> str:
    """Tell the picture a model will look at; raises Refused when the image has none."""
    if image.storage_id is None:
        message = "This image has no picture to work from. Choose one that has, or upload it."
        raise Refused(UserErrorCode.SOURCE_MISSING, message, field)
    return image.storage_id


def patience(seconds: int | None, usual: timedelta) -> timedelta:
    """Tell how long a request may take; raises Refused when that is too short or too long."""
    if seconds is None:
        return usual
    if not SHORTEST_PATIENCE <= seconds <= LONGEST_PATIENCE:
        message = (
            f"expiresAfter is {seconds}. Give {SHORTEST_PATIENCE} to {LONGEST_PATIENCE} seconds."
        )
        raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("expiresAfter",))
    return timedelta(seconds=seconds)


def first_bells(jobs: Sequence[Mapping[str, Any]]) -> list[Bell]:
    """Ring for new jobs of one request; the sweeper covers a lost bell.

    Preparing the sources once serves all of them, and what works on none may be sent at once.
    """
    if jobs[0]["picture_id"] is None:
        leading = [job for job in jobs if not job.get("rides_with")]
        return [Bell(Step.SUBMIT, job["id"]) for job in leading]
    return [Bell(Step.PREPARE, jobs[0]["id"])]


def new_job(  # noqa: PLR0913 - what each caller has at hand, by name
    kind: JobKind,
    model: Model,
    now: datetime,
    deadline_at: datetime,
    options: Mapping[str, Any] = MappingProxyType({}),
    *,
    text: str | None = None,
) -> dict[str, Any]:
    """Make what every new job begins with: its columns, and its price for the ledger.

    `options` are the parameters as they go out, by the provider's names; `text` is what a speech
    is to say.
    """
    return {
        "id": new_id(Noun.JOB),
        "kind": kind,
        "provider": model.provider,
        "model": model.id,
        "created_at": now,
        "next_at": now,
        "deadline_at": deadline_at,
        "stage": Stage.WAITING,
        "stage_message": "Waiting for its turn",
        "billed": Billed.NO,
        "options": dict(options),
        "context": {},
        "price": asking_price(model, options, text),
        "unit_micros": model.price_card.billed_unit_micros,
    }


async def schedule_variations(
    unit: UnitOfWork, order: Order, waits_for: str | None = None
) -> tuple[str, list[str]]:
    """Write a generation with its images and jobs; answers its id and the jobs' ids, in order.

    With `waits_for` the jobs wait for that analysis, which settles their prompts.
    """
    owner_id = order.source.owner_id
    sources = [await _picture(unit, order)]
    settled = settle(
        order.model, order.wanted.options, ratio=order.wanted.aspect_ratio, sources=sources
    )
    generation_id = new_id(Noun.GENERATION)
    notes = [normalisation_values(note) for note in settled.notes]
    await generations.add(unit, _generation(order, generation_id) | {"normalised": notes})
    ratio = ratio_sent(order.model, settled.wire, settled.notes, order.wanted.aspect_ratio)
    children = [_child(order, generation_id, item, ratio) for item in order.plan.variations]
    jobs = [
        _job(order, settled.wire, generation_id, child["id"], item) | {"waits_for": waits_for}
        for child, item in zip(children, order.plan.variations, strict=True)
    ]
    await add_images(unit, owner_id, children)
    await change_image(unit, owner_id, order.source.id, **_asked(order))
    await add_jobs(unit, owner_id, jobs)
    return generation_id, [job["id"] for job in jobs]


async def _picture(unit: UnitOfWork, order: Order) -> Picture:
    """Read the picture that is worked on: an analysis may look at another than the image's own."""
    own = order.source.picture
    if own is not None and order.picture_id == order.source.storage_id:
        return own
    other = await pictures.get(unit.connection, order.source.owner_id, order.picture_id)
    assert other is not None  # noqa: S101 - whoever made the order has seen it
    return other


def _generation(order: Order, generation_id: str) -> dict[str, Any]:
    return {
        "id": generation_id,
        "owner_id": order.source.owner_id,
        "image_id": order.source.id,
        "mode": order.wanted.mode,
        "variation_count": order.wanted.count,
        "detail": order.wanted.detail,
        "shot_types": [shot.value for shot in order.wanted.shot_types or ()],
        "aspect_ratio": order.wanted.aspect_ratio,
        "provider": order.model.provider,
        "model": order.model.id,
        "created_at": order.now,
    } | position_values(order.start)


def new_image(source: Image | None, model: Model, prompt: str, now: datetime) -> dict[str, Any]:
    """Make what every image that is to be made begins with: its columns, most from its source."""
    inherited = {name: getattr(source, name) for name in _INHERITED} if source else {}
    return inherited | {
        "id": new_id(Noun.IMAGE),
        "parent_image_id": source.id if source else None,
        "source_type": SourceType.AI,
        "status": ReviewStatus.DRAFT,
        "created_at": now,
        "updated_at": now,
        "ai_status": AiStatus.QUEUED,
        "stage": Stage.WAITING,
        "stage_message": "Waiting for its turn",
        "tags": list(source.tags) if source else [],
        "colors": [],
        "color_families": [],
        "authors": {},
        "beats_used": {},
        "prompt": prompt,
        "provider": model.provider,
        "model": model.id,
    }


def _child(order: Order, generation_id: str, item: PlannedVariation, ratio: str) -> dict[str, Any]:
    return new_image(order.source, order.model, item.prompt, order.now) | {
        "generation_id": generation_id,
        "modification_mode": order.wanted.mode,
        "variation_detail": order.wanted.detail,
        "shot": SHOTS[item.shot_type].name if item.shot_type else None,
        "shot_type": item.shot_type,
        "aspect_ratio": ratio,
    }


def _job(
    order: Order,
    options: Mapping[str, Any],
    generation_id: str,
    child_id: str,
    item: PlannedVariation,
) -> dict[str, Any]:
    job = new_job(JobKind.VARIATION, order.model, order.now, order.deadline_at, options)
    return job | {
        "image_id": child_id,
        "source_image_id": order.source.id,
        "generation_id": generation_id,
        "picture_id": order.picture_id,
        "prompt": item.prompt,
        "mode": order.wanted.mode,
        "shot_type": item.shot_type,
        "beat": item.beat,
        "aspect_ratio": order.wanted.aspect_ratio,
        "seed": seed_for(order.model, options),
    }


def _asked(order: Order) -> dict[str, Any]:
    return {
        "modification_mode": order.wanted.mode,
        "variation_count": order.wanted.count,
        "variation_detail": order.wanted.detail,
        "updated_at": order.now,
    } | position_values(order.plan.position)
