"""The emulator itself: statuses, bodies and headers as Lumenfall documents them."""

import asyncio
import base64
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulators.fal.faults import Fault, Handler
from tests.emulators.lumenfall.requests import (
    Post,
    Refusal,
    check,
    check_pictures,
    read_form,
    read_json,
)
from tests.emulators.serving import serve

KEY = "lmnfl_emulated.secret"
MODEL = "gemini-3-pro-image-preview"
MODELS = ("gemini-3-pro-image", MODEL)
DISABLED = "gemini-1-image"
# Dollars a picture, unless told.
COST = 0.067
_BASE = "/openai/v1"
_USUAL = (1024, 1024)


class LumenfallEmulator:
    """Lumenfall with a ledger. `seconds` is how long a model takes; pictures are `shrink` smaller.

    It makes `fewer` pictures than it is asked for, down to one, and charges for what it makes.
    `cost` is what a picture costs, and `balance` what the account still has, in dollars; None:
    enough. Whoever fetches what it made gets something else while it `spoils_media`.
    """

    def __init__(self, seconds: float = 0.0, key: str = KEY, shrink: int = 1) -> None:
        self.seconds = seconds
        self.key = key
        self.shrink = shrink
        self.cost = COST
        self.fewer = 0
        self.balance: float | None = None
        self.posts: list[Post] = []
        self._faults: deque[Fault | None] = deque()
        self.spoils_media = False
        self._media: dict[str, tuple[bytes, str]] = {}
        self.app = Starlette(
            routes=[
                Route(
                    f"{_BASE}/images/generations", self._disturbed(self._generate), methods=["POST"]
                ),
                Route(f"{_BASE}/images/edits", self._disturbed(self._edit), methods=["POST"]),
                Route(f"{_BASE}/models", _answering(self._models), methods=["GET"]),
                Route(f"{_BASE}/models/{{model:path}}", _answering(self._model), methods=["GET"]),
                Route("/media/{name}", self._download, methods=["GET"]),
                Route("/_emulator/ledger", self._ledger, methods=["GET"]),
            ]
        )

    @property
    def made(self) -> list[Post]:
        """List the requests that brought pictures, and were charged for."""
        return [post for post in self.posts if post.made]

    @property
    def charged(self) -> float:
        """Add up what all pictures cost, in dollars."""
        return sum(post.charged for post in self.posts)

    def disturb(self, *faults: Fault | None) -> None:
        """Spoil the next requests for pictures, one each; None leaves one alone."""
        self._faults.extend(faults)

    def _disturbed(self, handler: Handler) -> Handler:
        answered = _answering(handler)

        async def disturbed(request: Request) -> Response:
            fault = self._faults.popleft() if self._faults else None
            return await (answered(request) if fault is None else fault.strike(answered, request))

        return disturbed

    async def _generate(self, request: Request) -> Response:
        post = self._arrived(request)
        post.fields = await read_json(request)
        return await self._answer(request, post, None)

    async def _edit(self, request: Request) -> Response:
        post = self._arrived(request)
        post.fields, post.files = await read_form(request)
        return await self._answer(request, post, check_pictures(post.files))

    def _arrived(self, request: Request) -> Post:
        post = Post(request.url.path.removeprefix(_BASE), dict(request.headers))
        self.posts.append(post)
        self._admit(request)
        return post

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            raise Refusal(401, "AUTHENTICATION_FAILED", "Invalid API key")

    async def _answer(self, request: Request, post: Post, source: Image.Image | None) -> Response:
        check(post.fields)
        model, count = post.fields["model"], int(post.fields.get("n", 1))
        if model == DISABLED:
            raise Refusal(404, "MODEL_DISABLED", f"Model {model} is disabled")
        if model.rpartition("/")[2] not in MODELS:
            raise Refusal(404, "MODEL_NOT_FOUND", f"Model {model} does not exist")
        if request.query_params.get("dryRun") == "true":
            return JSONResponse(_estimate(model, count, self.cost))
        count = max(1, count - self.fewer)
        cost = round(self.cost * count, 6)
        if self.balance is not None and self.balance < cost:
            message = f"Insufficient balance: ${cost:.2f} required"
            raise Refusal(402, "INSUFFICIENT_BALANCE", message)
        await asyncio.sleep(self.seconds)
        post.made, post.charged = count, cost
        if self.balance is not None:
            self.balance -= post.charged
        return self._made(request, post, source)

    def _made(self, request: Request, post: Post, source: Image.Image | None) -> Response:
        size, kind = _size(post.fields.get("size")), post.fields.get("output_format", "png")
        shrunk = (max(1, size[0] // self.shrink), max(1, size[1] // self.shrink))
        seed = int(post.fields.get("seed", 0))
        data = []
        for number in range(post.made):
            content = _drawn(source, shrunk, seed + number, kind)
            if post.fields.get("response_format", "url") == "b64_json":
                item = {"b64_json": base64.b64encode(content).decode()}
            else:
                item = {"url": self._published(request, content, kind)}
            data.append(item | {"revised_prompt": post.fields["prompt"]})
        body = {
            "created": 1_790_000_000,
            "size": f"{shrunk[0]}x{shrunk[1]}",
            "data": data,
            "metadata": _metadata(post),
        }
        headers = {
            "X-Lumenfall-Provider": "vertex",
            "X-Lumenfall-Model": post.fields["model"],
            "X-Lumenfall-Request-Id": f"req_{uuid.uuid4().hex}",
        }
        return JSONResponse(body, headers=headers)

    def _published(self, request: Request, content: bytes, kind: str) -> str:
        name = f"{uuid.uuid4().hex}.{kind}"
        self._media[name] = (content, f"image/{kind}")
        return f"{str(request.base_url).rstrip('/')}/media/{name}"

    async def _models(self, request: Request) -> Response:
        self._admit(request)
        return JSONResponse({"object": "list", "data": [_listed(model) for model in MODELS]})

    async def _model(self, request: Request) -> Response:
        self._admit(request)
        model = request.path_params["model"]
        if model not in MODELS:
            raise Refusal(404, "MODEL_NOT_FOUND", f"Model {model} does not exist")
        return JSONResponse(_listed(model))

    async def _download(self, request: Request) -> Response:
        if self.spoils_media:
            return Response("<html>Not a picture</html>")
        found = self._media.get(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        return Response(found[0], media_type=found[1])

    async def _ledger(self, _request: Request) -> Response:
        posts = [
            {"path": post.path, "fields": post.fields, "made": post.made, "charged": post.charged}
            for post in self.posts
        ]
        return JSONResponse({"posts": posts, "charged": self.charged})


@asynccontextmanager
async def running(emulator: LumenfallEmulator) -> AsyncIterator[str]:
    """Serve an emulator on loopback; yields the base URL of its API."""
    async with serve(emulator.app) as url:
        yield f"{url}{_BASE}"


def _answering(handler: Handler) -> Handler:
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            return refusal.response()

    return answered


def _size(size: Any) -> tuple[int, int]:
    width, cross, height = str(size or "").partition("x")
    return (int(width), int(height)) if cross else _USUAL


def _drawn(source: Image.Image | None, size: tuple[int, int], seed: int, kind: str) -> bytes:
    tint = (40 + seed * 53 % 200, 40 + seed * 97 % 200, 40 + seed * 31 % 200)
    if source is None:
        picture = ImageOps.colorize(Image.linear_gradient("L").resize(size), "black", tint)
    else:
        solid = Image.new("RGB", size, tint)
        picture = Image.blend(ImageOps.fit(source.convert("RGB"), size), solid, 0.35)
    file = BytesIO()
    picture.save(file, kind.upper())
    return file.getvalue()


def _metadata(post: Post) -> dict[str, Any]:
    return {
        "model": post.fields["model"],
        "executed_model": post.fields["model"],
        "provider": "vertex",
        "provider_name": "Google Vertex AI",
        "cost": post.charged,
        "cost_currency": "USD",
        "attempts": [{"provider": "vertex", "status": "success"}],
    }


def _estimate(model: str, count: int, cost: float) -> dict[str, Any]:
    micros = round(cost * 1_000_000)
    component = {
        "type": "output",
        "metric": "image",
        "quantity": count,
        "billable_quantity": count,
        "unit_price": cost,
        "total_cost": micros * count,
    }
    return {
        "estimated": True,
        "model": model,
        "provider": "vertex",
        "total_cost_micros": micros * count,
        "currency": "USD",
        "components": [component],
    }


def _listed(model: str) -> dict[str, Any]:
    return {"id": model, "object": "model", "created": 1_764_000_000, "owned_by": "google"}
