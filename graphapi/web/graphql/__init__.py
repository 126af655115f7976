"""The thin view between Starlette and the schema: GraphQL over HTTP and over WebSockets."""

from graphapi.web.graphql.operations import TransportLimits
from graphapi.web.graphql.view import GraphQLView

__all__ = ["GraphQLView", "TransportLimits"]
