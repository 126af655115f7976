"""Image analysis by way of OpenRouter."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ConfigurationError, ProviderError, Rejected, Throttled
from graphapi.ports.analysis import AnalysisRequest, AnalysisResult
from graphapi.providers.http import Reply, Wire, check_headers
from graphapi.providers.openrouter.answer import result_of
from graphapi.providers.openrouter.errors import SENTENCES, error_of
from graphapi.providers.openrouter.offers import Offer, read_offers
from graphapi.providers.openrouter.question import body_of

# Kept for as long as OpenRouter allows: the same question within a day is answered for nothing.
_CACHE_SECONDS = 86_400
_MAX_SPOILED = 1000


class OpenRouterAnalyst:
    """Describes pictures by vision-language models, the first of a list that can.

    `key` is `sk-or-...`; `referer` and `title` name this product to OpenRouter, for attribution
    only; `seconds` is how long one call may take. Raises ConfigurationError for values that
    cannot be sent.
    """

    provider = "openrouter"
    # The response cache is the nearest thing to idempotency, but not a promise: it may evict, it
    # does not merge concurrent calls, and some accounts have none. A doubt stays a doubt.
    repeatable = False
    slots: int | None = 4

    def __init__(
        self,
        *,
        key: str,
        url: str = "https://openrouter.ai/api/v1",
        referer: str | None = None,
        title: str = "graphapi",
        seconds: float = 120.0,
    ) -> None:
        self._key = key
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "X-OpenRouter-Title": title}
        if referer:
            self._headers["HTTP-Referer"] = referer
        check_headers(self._headers, "OPENROUTER_API_KEY")
        self._wire = Wire("OpenRouter", seconds)
        # Questions whose kept answer was unusable: asked again, they need a fresh one.
        self._spoiled: set[str] = set()

    async def analyse(self, request: AnalysisRequest) -> AnalysisResult:
        """Ask for a description with exactly one POST.

        Raises NotSent or Throttled when nothing was accepted, Rejected when it was refused or
        failed for good, else InDoubt.
        """
        if not request.models:
            raise Rejected(
                JobErrorCode.INVALID_INPUT, "No model is named; check GRAPHAPI_ANALYSIS_MODELS."
            )
        body = body_of(request)
        digest = _digest(body)
        headers = self._headers | self._caching(digest)
        reply = await self._wire.pay("POST", f"{self._url}/chat/completions", headers, body=body)
        if not reply.ok:
            raise error_of(reply, self._key)
        return self._read(reply, request, digest)

    async def probe(self) -> None:
        """Try the key for nothing, by asking what it may do.

        Raises ConfigurationError that says what to do.
        """
        try:
            reply = await self._wire.ask("GET", f"{self._url}/key", self._headers)
        except ProviderError as error:
            raise ConfigurationError(
                f"{error.message} Check the network and GRAPHAPI_OPENROUTER_URL."
            ) from error
        body = reply.json_object() or {}
        if reply.status in (401, 403):
            raise ConfigurationError(SENTENCES[JobErrorCode.PROVIDER_CREDENTIALS])
        if not reply.ok or not isinstance(body.get("data"), dict):
            raise ConfigurationError(
                f"OpenRouter answered a question about the key with HTTP status {reply.status} and "
                "no key; check GRAPHAPI_OPENROUTER_URL."
            )
        left = body["data"].get("limit_remaining")
        if isinstance(left, int | float) and left <= 0:
            raise ConfigurationError(SENTENCES[JobErrorCode.INSUFFICIENT_BALANCE])

    async def offers(self) -> dict[str, Offer]:
        """Read what OpenRouter says of its models, for nothing.

        Raises ProviderError when there is no answer, or one that is no list.
        """
        reply = await self._wire.ask("GET", f"{self._url}/models", self._headers)
        if not reply.ok:
            raise error_of(reply, self._key)
        offers = read_offers(reply.json_object())
        if offers is None:
            message = "OpenRouter answered with something else than its list of models."
            raise Throttled(JobErrorCode.PROVIDER_UNAVAILABLE, message)
        return offers

    async def close(self) -> None:
        """Close connections."""
        await self._wire.close()

    def _caching(self, digest: str) -> dict[str, str]:
        headers = {
            "X-OpenRouter-Cache": "true",
            "X-OpenRouter-Cache-TTL": str(_CACHE_SECONDS),
        }
        if digest in self._spoiled:
            headers["X-OpenRouter-Cache-Clear"] = "true"
        return headers

    def _read(self, reply: Reply, request: AnalysisRequest, digest: str) -> AnalysisResult:
        try:
            result = result_of(reply, request, self._key)
        except Rejected:
            if len(self._spoiled) >= _MAX_SPOILED:
                self._spoiled.clear()
            self._spoiled.add(digest)
            raise
        self._spoiled.discard(digest)
        return result


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()
