"""Asking for a smart analysis."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import IdempotencyKey, OwnImageId
from graphapi.api.types.directions import ModificationMode
from graphapi.api.types.image import Image
from graphapi.api.types.payload import Payload
from graphapi.domain.analysis import AnalysisContext, Overrides
from graphapi.services.requests import AnalysisWanted


def _told(what: str, limit: str) -> object:
    return strawberry.argument(
        description=f"{what}, {limit}: told to the model to help it see, not stored."
    )


def _kept(what: str, limit: str) -> object:
    return strawberry.argument(
        description=f"{what}, {limit}: stored as your own word, which wins over the model's."
    )


OtherPicture = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Another stored picture of yours to look at."),
]
OtherAddress = Annotated[
    str | None,
    strawberry.argument(
        description="The public address of another picture to look at; it is fetched before "
        "anything changes."
    ),
]
CountAfterwards = Annotated[
    int | None,
    strawberry.argument(
        description="How many variations, 0 to 12, to make once the analysis is done, in 16:9 and "
        "with the detail stored on the image. If it fails, none is made or paid."
    ),
]
ModeAfterwards = Annotated[
    ModificationMode | None,
    strawberry.argument(
        description="The mode of those variations; without it, the one stored on the image, else "
        "`SHOT_VARIATION`."
    ),
]
Overwriting = Annotated[
    bool | None,
    strawberry.argument(description="Whether the model may also replace what a person wrote."),
]


@strawberry.type(description="What `rerunSmartAnalysis` answers, at once: it is scheduled.")
class RerunSmartAnalysisPayload(Payload):
    """The image under analysis."""

    image: Image | None = strawberry.field(
        default=None, description="The image, its `aiStatus` now `PROCESSING`; null when refused."
    )


@strawberry.type
class AnalysisMutations:
    """Requests for analyses."""

    @mutation(
        RerunSmartAnalysisPayload,
        "Let a model look at an image again and describe it. It replaces "
        "`description`, `tags`, `colors`, `category`, `group`, `projectName` and `moodboardName`, "
        "except what a person wrote, and fills in `title`, `genre`, `style` and `shot` where "
        "empty. The model looks at `storageId`, else at `imageUrl`, else at the image's own "
        "picture. Follow it by `aiStatusChanged`.",
    )
    async def rerun_smart_analysis(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        image_id: OwnImageId,
        storage_id: OtherPicture = None,
        image_url: OtherAddress = None,
        title: Annotated[str | None, _told("The title", "at most 200 characters")] = None,
        tags: Annotated[list[str] | None, _told("Tags", "at most 50 of 60 characters each")] = None,
        category: Annotated[
            str | None, _told("The kind of picture", "at most 80 characters")
        ] = None,
        description: Annotated[
            str | None, _told("What is to be seen", "at most 4000 characters")
        ] = None,
        source: Annotated[str | None, _kept("Where it is from", "at most 500 characters")] = None,
        sref: Annotated[str | None, _kept("A style reference", "at most 500 characters")] = None,
        group: Annotated[
            str | None, _kept("The kind of production", "at most 80 characters")
        ] = None,
        project_name: Annotated[str | None, _kept("The project", "at most 120 characters")] = None,
        moodboard_name: Annotated[
            str | None, _kept("The moodboard", "at most 120 characters")
        ] = None,
        variation_count: CountAfterwards = 0,
        modification_mode: ModeAfterwards = None,
        overwrite_edits: Overwriting = False,
        idempotency_key: IdempotencyKey = None,
    ) -> RerunSmartAnalysisPayload | None:
        """Schedule an analysis."""
        wanted = AnalysisWanted(
            context=AnalysisContext(title, tuple(tags or ()), category, description, source, sref),
            overrides=Overrides(group, project_name, moodboard_name, source, sref),
            storage_id=storage_id,
            image_url=image_url,
            overwrite_edits=bool(overwrite_edits),
            variation_count=variation_count or 0,
            mode=modification_mode,
        )
        services = info.context.services
        image = await services.analyses.request(
            info.context.user, image_id, wanted, idempotency_key
        )
        return RerunSmartAnalysisPayload(image=Image.of(image, services.links) if image else None)
