"""The emulator itself: statuses, bodies and headers as OpenRouter documents them."""

import asyncio
import base64
import binascii
import hashlib
import io
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, UnidentifiedImageError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulators.fal.faults import Fault
from tests.emulators.openrouter.completions import UNUSED, Completion
from tests.emulators.serving import serve

KEY = "sk-or-v1-emulated"
MODELS = (
    "google/gemini-3.8-flash",
    "google/gemini-3.1-flash-lite",
    "qwen/qwen3-vl-8b-instruct",
)
# What `GET /models` says of each, in part.
LISTED: dict[str, dict[str, Any]] = {
    model: {
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "supported_parameters": ["response_format", "structured_outputs", "seed"],
        "expiration_date": None,
    }
    for model in (*MODELS, "some/strange-model")
}
# What every endpoint of these models takes; `require_parameters` filters by it.
PARAMETERS = frozenset({"response_format", "max_completion_tokens", "temperature", "seed"})
ROUTING = frozenset({"model", "models", "messages", "provider", "plugins", "stream"})


@dataclass(slots=True)
class Call:
    """One POST for a completion. `charged` is what it cost, in USD; `model` is who answered."""

    headers: dict[str, str]
    raw: bytes
    body: Any
    charged: float = 0.0
    model: str | None = None
    cache: str | None = None


@dataclass(slots=True, eq=False)
class Refusal(Exception):
    """An error answer in OpenRouter's form."""

    code: int
    message: str
    metadata: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Answer with it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.metadata:
            error["metadata"] = self.metadata
        body = {"error": error, "user_id": "user_emulated"}
        return JSONResponse(body, self.code, self.headers)


class OpenRouterEmulator:
    """OpenRouter with a ledger. `seconds` is how long a model thinks; `down` are models that fail.

    `limit_remaining` is what the key may still spend; None: no limit. `listed` are the rows of
    its list of models.
    """

    def __init__(self, seconds: float = 0.0, key: str = KEY) -> None:
        self.seconds = seconds
        self.key = key
        self.down: set[str] = set()
        self.limit_remaining: float | None = None
        self.listed: Any = [{"id": model, **row} for model, row in LISTED.items()]
        self.calls: list[Call] = []
        self._completions: deque[Completion] = deque()
        self._faults: deque[Fault | None] = deque()
        self._cache: dict[str, Any] = {}
        self.app = Starlette(
            routes=[
                Route("/api/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/api/v1/key", self._key, methods=["GET"]),
                Route("/api/v1/models", self._models, methods=["GET"]),
                Route("/_emulator/ledger", self._ledger, methods=["GET"]),
            ]
        )

    @property
    def charged(self) -> float:
        """Add up what all calls cost, in USD."""
        return sum(call.charged for call in self.calls)

    def say(self, *completions: Completion) -> None:
        """Decide what the next models asked will answer, one each."""
        self._completions.extend(completions)

    def disturb(self, *faults: Fault | None) -> None:
        """Spoil the next exchanges, one each; None leaves one alone."""
        self._faults.extend(faults)

    async def _complete(self, request: Request) -> Response:
        call = Call(dict(request.headers), await request.body(), None)
        self.calls.append(call)
        fault = self._faults.popleft() if self._faults else None

        async def handle(request: Request) -> Response:
            try:
                return await self._answer(request, call)
            except Refusal as refusal:
                return refusal.response()

        return await (handle(request) if fault is None else fault.strike(handle, request))

    async def _answer(self, request: Request, call: Call) -> Response:
        self._admit(request)
        call.body = await _json_object(request)
        models = _checked(call.body)
        digest = hashlib.sha256(call.raw).hexdigest()
        if request.headers.get("x-openrouter-cache-clear") == "true":
            self._cache.pop(digest, None)
        cached = request.headers.get("x-openrouter-cache") == "true"
        if cached and digest in self._cache:
            call.cache = "HIT"
            return _sent({**self._cache[digest], "usage": UNUSED}, call)
        call.cache = "MISS" if cached else None
        call.model = self._chosen(models)
        await asyncio.sleep(self.seconds)
        completion = self._completions.popleft() if self._completions else Completion()
        answer = completion.answer(call.model)
        if completion.body is None:
            call.charged = (completion.usage or {}).get("cost", 0.0)
        if cached and isinstance(answer, dict) and "error" not in answer:
            self._cache[digest] = answer
        return _sent(answer, call)

    def _admit(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            raise Refusal(401, "No auth credentials found", {"error_type": "authentication"})
        if given.removeprefix("Bearer ") != self.key:
            raise Refusal(401, "User not found.", {"error_type": "authentication"})
        if self.limit_remaining is not None and self.limit_remaining <= 0:
            raise Refusal(402, "Key limit exceeded", {"error_type": "payment_required"})

    def _chosen(self, models: list[str]) -> str:
        for model in models:
            if model not in self.down:
                return model
        raise Refusal(503, "No provider is available", {"error_type": "provider_unavailable"})

    async def _models(self, _: Request) -> Response:
        return JSONResponse({"data": self.listed, "total_count": len(self.listed)})

    async def _key(self, request: Request) -> Response:
        try:
            self._admit(request)
        except Refusal as refusal:
            if refusal.code == 401:
                return refusal.response()
        data = {
            "label": "sk-or-v1-emu...ted",
            "limit": None if self.limit_remaining is None else 10,
            "limit_remaining": self.limit_remaining,
            "usage": self.charged,
            "is_free_tier": False,
            "is_management_key": False,
        }
        return JSONResponse({"data": data})

    async def _ledger(self, _request: Request) -> Response:
        calls = [
            {"body": call.body, "charged": call.charged, "model": call.model, "cache": call.cache}
            for call in self.calls
        ]
        return JSONResponse({"calls": calls, "charged": self.charged})


@asynccontextmanager
async def running(emulator: OpenRouterEmulator) -> AsyncIterator[str]:
    """Serve an emulator on loopback; yields the base URL of its API."""
    async with serve(emulator.app) as url:
        yield f"{url}/api/v1"


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "Invalid JSON body")
    return body


def _checked(body: dict[str, Any]) -> list[str]:
    """Check a request as OpenRouter and its endpoints would; answers the models to try."""
    models = body.get("models") or [body.get("model")]
    for model in models:
        if model not in MODELS:
            raise Refusal(400, f"{model} is not a valid model ID")
    unknown = set(body) - PARAMETERS - ROUTING
    if unknown and body.get("provider", {}).get("require_parameters"):
        raise Refusal(404, "No endpoints found that can handle the requested parameters.")
    if not body.get("messages"):
        raise Refusal(400, "Input required: specify messages")
    _check_schema(body.get("response_format"))
    for message in body["messages"]:
        parts = message["content"] if isinstance(message["content"], list) else []
        for part in parts:
            if part["type"] == "image_url":
                _check_picture(part["image_url"]["url"])
    return list(models)


def _check_schema(response_format: Any) -> None:
    """Insist on what strict mode insists on."""
    if response_format is None or response_format["type"] != "json_schema":
        return
    asked = response_format["json_schema"]
    schema = asked["schema"]
    strict = (
        len(asked["name"]) <= 64
        and schema.get("additionalProperties") is False
        and sorted(schema["required"]) == sorted(schema["properties"])
    )
    if asked.get("strict") and not strict:
        raise Refusal(400, "Invalid schema for response_format", {"error_type": "invalid_request"})


def _check_picture(url: str) -> None:
    head, _, data = url.partition(",")
    bad = Refusal(
        400, "Could not process the image", {"error_type": "invalid_image", "raw": "unreadable"}
    )
    if head not in ("data:image/jpeg;base64", "data:image/png;base64"):
        raise bad
    try:
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as picture:
            picture.load()
    except (binascii.Error, ValueError, UnidentifiedImageError, OSError):
        raise bad from None


def _sent(answer: Any, call: Call) -> Response:
    headers = {"X-OpenRouter-Cache-Status": call.cache} if call.cache else {}
    if isinstance(answer, str):
        return Response(answer, 200, headers, media_type="text/html")
    if isinstance(answer, dict) and isinstance(answer.get("id"), str):
        headers["X-Generation-Id"] = answer["id"]
    return JSONResponse(answer, 200, headers)
