"""What this server offers: its models and its words. Needs no sign-in."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import public_query
from graphapi.api.types.enums import ModelKind
from graphapi.api.types.model import Model
from graphapi.domain.vocabulary import GROUPS
from graphapi.services.breakers import outage_of


@strawberry.type
class OfferQueries:
    """What can be chosen from."""

    @public_query("The models that this server knows, usable or not. Needs no sign-in.")
    async def models(
        self,
        info: Info,
        *,
        kind: Annotated[
            ModelKind | None,
            strawberry.argument(description="What they must do; without it, all of them."),
        ] = None,
    ) -> list[Model]:
        """List the models."""
        services = info.context.services
        outages = await services.breakers.outages()
        found = services.models.of_kind(kind)
        return [Model.of(model, outage_of(outages, model)) for model in found]

    @public_query("One model; null when this server knows none with this id. Needs no sign-in.")
    async def model(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The model's id.")],
    ) -> Model | None:
        """Find a model."""
        services = info.context.services
        found = services.models.find(id)
        if found is None:
            return None
        return Model.of(found, outage_of(await services.breakers.outages(), found))

    @public_query(
        "The kinds of production to choose an image's `group` from; free text is "
        "allowed beside them. Needs no sign-in."
    )
    def groups(self) -> list[str]:
        """List the groups on offer."""
        return list(GROUPS)

    @public_query(
        "The kinds of picture to choose an image's `category` from, then those that "
        "you use besides; free text is allowed. Needs no sign-in."
    )
    async def categories(self, info: Info) -> list[str]:
        """List the categories on offer and in use."""
        return await info.context.services.images.categories(info.context.viewer)
