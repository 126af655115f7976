"""The prompts that variations would be made with, before anything is made."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import public_query, query
from graphapi.api.types.arguments import (
    Detail,
    EditModel,
    GenerationOptions,
    Mode,
    OwnImageId,
    PreviewCount,
    Ratio,
    Shots,
)
from graphapi.api.types.directions import AspectRatio
from graphapi.api.types.variation_plan import VariationPlan
from graphapi.domain.options import Options
from graphapi.services.requests import VariationsWanted


@strawberry.type
class VariationQueries:
    """Previews of variations."""

    @public_query(
        "Preview the prompts of variations, each as it would go out, in order. Costs "
        "nothing and needs no sign-in. For an image of yours ask `getVariationPromptsForImage`, "
        "which knows its group, its description and where it left off."
    )
    def get_variation_prompts(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        modification_mode: Mode,
        variation_count: PreviewCount,
        variation_detail: Detail = None,
        group: Annotated[
            str | None,
            strawberry.argument(
                description="The kind of production: one of `groups`, or free text, which adds "
                "nothing."
            ),
        ] = None,
        shot_types: Shots = None,
    ) -> list[str]:
        """Preview variations of no image in particular."""
        wanted = VariationsWanted(
            mode=modification_mode,
            count=variation_count,
            detail=variation_detail,
            shot_types=tuple(shot_types or ()) or None,
        )
        plan = info.context.services.variations.preview(wanted, group)
        return [variation.prompt for variation in plan.variations]

    @query(
        "Preview the prompts that `generateVariations` with the same arguments would "
        "send for this image now, to the byte. Costs nothing, changes nothing."
    )
    async def get_variation_prompts_for_image(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        image_id: OwnImageId,
        modification_mode: Mode,
        variation_count: PreviewCount,
        variation_detail: Detail = None,
        shot_types: Shots = None,
    ) -> list[str]:
        """Preview the next variations of an image."""
        wanted = VariationsWanted(
            mode=modification_mode,
            count=variation_count,
            detail=variation_detail,
            shot_types=tuple(shot_types or ()) or None,
        )
        context = info.context
        plan = await context.services.variations.preview_for_image(context.user, image_id, wanted)
        return [variation.prompt for variation in plan.variations]

    @query(
        "Preview what `generateVariations` with the same arguments would send for this image now, "
        "to the byte, and what it would cost. Costs nothing, changes nothing. Ask `dryRun` of "
        "`generateVariations` to know also whether it would be refused."
    )
    async def variation_plan(  # noqa: PLR0913 - the contract's arguments, by name
        self,
        info: Info,
        *,
        image_id: OwnImageId,
        modification_mode: Mode,
        variation_count: PreviewCount,
        variation_detail: Detail = None,
        shot_types: Shots = None,
        aspect_ratio: Ratio = AspectRatio.RATIO_16_9,
        model: EditModel = None,
        options: GenerationOptions = None,
    ) -> VariationPlan:
        """Preview the next variations of an image, with their prices."""
        wanted = VariationsWanted(
            mode=modification_mode,
            count=variation_count,
            detail=variation_detail,
            shot_types=tuple(shot_types or ()) or None,
            aspect_ratio=aspect_ratio or AspectRatio.RATIO_16_9,
            model=model,
            options=options.chosen() if options else Options(),
        )
        context = info.context
        quote = await context.services.variations.quote_for_image(context.user, image_id, wanted)
        return VariationPlan.of(quote)
