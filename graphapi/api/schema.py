"""The schema, assembled."""

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
)
from strawberry.schema.config import StrawberryConfig

from graphapi.api.execution import Schema
from graphapi.api.mutations.analyses import AnalysisMutations
from graphapi.api.mutations.cancellations import CancellationMutations
from graphapi.api.mutations.images import ImageMutations
from graphapi.api.mutations.pictures import PictureMutations
from graphapi.api.mutations.recordings import RecordingMutations
from graphapi.api.mutations.recoveries import RecoveryMutations
from graphapi.api.mutations.retries import RetryMutations
from graphapi.api.mutations.uploads import UploadMutations
from graphapi.api.mutations.variations import VariationMutations
from graphapi.api.queries.images import ImageQueries
from graphapi.api.queries.nodes import NodeQueries
from graphapi.api.queries.offers import OfferQueries
from graphapi.api.queries.recordings import RecordingQueries
from graphapi.api.queries.spending import SpendingQueries
from graphapi.api.queries.variations import VariationQueries
from graphapi.api.queries.viewer import ViewerQueries
from graphapi.api.subscriptions.recordings import RecordingSubscriptions
from graphapi.api.subscriptions.statuses import StatusSubscriptions
from graphapi.api.types.scalars import SCALARS


@strawberry.type(description="What can be read. Of images and generations you see your own alone.")
class Query(
    VariationQueries,
    ImageQueries,
    RecordingQueries,
    NodeQueries,
    OfferQueries,
    SpendingQueries,
    ViewerQueries,
):
    """The root of all reads."""


@strawberry.type(
    description="What can be changed. Every mutation answers a payload: look at `success`, and at "
    "`userErrors` when it is false. All need a sign-in."
)
class Mutation(
    VariationMutations,
    PictureMutations,
    RecordingMutations,
    CancellationMutations,
    RetryMutations,
    RecoveryMutations,
    AnalysisMutations,
    UploadMutations,
    ImageMutations,
):
    """The root of all changes."""


@strawberry.type(
    description="What can be followed live, over a WebSocket at this same address with the "
    "protocol graphql-transport-ws. All need a sign-in."
)
class Subscription(StatusSubscriptions, RecordingSubscriptions):
    """The root of everything live."""


def build_schema() -> Schema:
    """Build the schema: once for each process, since its caches are its own."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    for value in _inputs(schema):
        # `= null` says no more than a nullable type does, and tells code generators of a default.
        if value.default_value is None:
            value.default_value = Undefined
    return schema


def _inputs(schema: Schema) -> list[GraphQLArgument | GraphQLInputField]:
    inputs: list[GraphQLArgument | GraphQLInputField] = []
    for type_ in schema._schema.type_map.values():  # noqa: SLF001 - strawberry has no other door
        if isinstance(type_, GraphQLInputObjectType):
            inputs += type_.fields.values()
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            inputs += [
                argument for field in type_.fields.values() for argument in field.args.values()
            ]
    return inputs
