"""The whole HTTP surface, in one place."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from graphapi import metrics
from graphapi.api.context import Context, Services
from graphapi.api.schema import build_schema
from graphapi.container.processes import Server
from graphapi.domain.users import User
from graphapi.errors import Unauthenticated
from graphapi.services.users import Users
from graphapi.web.counting import CountRequests
from graphapi.web.errors import EXCEPTION_HANDLERS
from graphapi.web.graphql.operations import Authenticate, MakeContext
from graphapi.web.graphql.view import GraphQLView
from graphapi.web.health import health_routes
from graphapi.web.media import MediaEndpoint
from graphapi.web.pages.playground import Playground
from graphapi.web.uploads import UploadEndpoint
from graphapi.web.webhooks import WebhookEndpoint


def build_app(server: Server) -> Starlette:
    """Put the schema, the uploads, the media and the pages of an open server on their routes."""
    settings = server.base.settings
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
    )
    return Starlette(
        routes=_routes(server),
        middleware=[Middleware(CountRequests), *([cors] if settings.allowed_origins else [])],
        exception_handlers=EXCEPTION_HANDLERS,
    )


def _routes(server: Server) -> list[BaseRoute]:
    base, playground = server.base, Playground()
    view = GraphQLView(
        build_schema(),
        authenticate=_authenticate(server.use_cases.users),
        make_context=_make_context(server),
        allowed_origins=base.settings.allowed_origins,
        playground=playground.page,
    )
    upload = UploadEndpoint(server.use_cases.uploads, server.use_cases.recordings, base.links)
    webhook = WebhookEndpoint(server.use_cases.deliveries)
    media = MediaEndpoint(base.storage, base.links)
    checks = {"database": base.database.check, "storage": base.storage.check}
    return [
        Route("/", _to_playground),
        Route("/graphql", view),
        WebSocketRoute("/graphql", view),
        Route("/uploads/{user_id}", upload.receive, methods=["POST"]),
        Route("/webhooks/fal/{token}", webhook.receive, methods=["POST"]),
        Route("/media/{key:path}", media.serve),
        *health_routes(checks, metrics.exposition),
        *playground.routes(),
    ]


def _authenticate(users: Users) -> Authenticate[User]:
    async def authenticate(token: str | None) -> User | None:
        if token is None:
            return None
        user = await users.authenticate(token)
        if user is None:
            raise Unauthenticated(
                "This token is not valid. Make one: `graphapi token create --user NAME`."
            )
        return user

    return authenticate


def _make_context(server: Server) -> MakeContext[User]:
    use_cases, base = server.use_cases, server.base
    services = Services(
        variations=use_cases.variations,
        picturing=use_cases.picturing,
        cancelling=use_cases.cancelling,
        retrying=use_cases.retrying,
        retrying_recordings=use_cases.retrying_recordings,
        recovering=use_cases.recovering,
        analyses=use_cases.analyses,
        images=use_cases.images,
        recordings=use_cases.recordings,
        uploads=use_cases.uploads,
        statuses=use_cases.statuses,
        spendings=use_cases.spendings,
        models=base.models,
        breakers=base.breakers,
        links=base.links,
        watcher=server.hub,
        listener=server.bells,
    )

    def make_context(_connection: HTTPConnection, viewer: User | None) -> Context:
        return Context(services, viewer)

    return make_context


async def _to_playground(_request: object) -> Response:
    return RedirectResponse("/graphql")
