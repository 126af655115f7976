"""What Lumenfall says of a finished request, read as hostile input.

`{"created", "size"?, "data": [{"url" or "b64_json", "revised_prompt"?}], "metadata": {"cost",
"cost_currency", "executed_model", "provider", ...}}`. Sources: docs.lumenfall.ai, images/generate;
its page of the model for `metadata`, whose cost is in whole units of its currency.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import ProviderMetadata
from graphapi.errors import InDoubt, Rejected
from graphapi.ports.editing import EditResult, ResultImage
from graphapi.providers.http import Reply
from graphapi.providers.lumenfall.charged import charged
from graphapi.providers.lumenfall.errors import SENTENCES, charge_of, fault_of, rejected

_MAX_IMAGES = 16
_MAX_DESCRIPTION = 4000
_MAX_URL = 8000
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,")
_TOLD = ("x-lumenfall-request-id", "x-lumenfall-provider", "x-lumenfall-model")


def edit_result(reply: Reply, key: str) -> EditResult:
    """Read the answer of a request that succeeded.

    Raises InDoubt for what Lumenfall itself never says, Rejected when it holds no picture; that
    with INVALID_OUTPUT may have been charged for.
    """
    body = reply.json_object()
    if body is None:
        raise InDoubt(
            JobErrorCode.SUBMIT_UNKNOWN,
            "Lumenfall's answer cannot be read, so it is not known whether a picture was made.",
        )
    listed = _listed(body.get("data"))
    pictures = (_image(item, _metadata(body, item)) for item in listed)
    images = tuple(picture for picture in pictures if picture)[:_MAX_IMAGES]
    if not images:
        fault = fault_of(reply)
        charge = charge_of(reply)
        if fault.code or fault.text:
            raise rejected(fault, reply.status, key, charge)
        code = JobErrorCode.INVALID_OUTPUT
        raise Rejected(code, SENTENCES[code], charge=charge)
    return EditResult(
        images=images,
        metadata=images[0].metadata or ProviderMetadata(),
        charged_micros=charged(body.get("metadata")),
        raw=_kept(body, listed) | _told(reply.headers),
    )


def _image(item: dict[str, Any], metadata: ProviderMetadata) -> ResultImage | None:
    url, inside = item.get("url"), item.get("b64_json")
    if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= _MAX_URL:
        return ResultImage(url=url, metadata=metadata)
    if isinstance(url, str) and (head := _DATA_URI.match(url)):
        inside = url[head.end() :]
    content = _decoded(inside) if isinstance(inside, str) else b""
    return ResultImage(content=content, metadata=metadata) if content else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _metadata(body: dict[str, Any], item: dict[str, Any]) -> ProviderMetadata:
    size = body.get("size")
    found = _SIZE.fullmatch(size) if isinstance(size, str) else None
    revised = item.get("revised_prompt")
    return ProviderMetadata(
        width=int(found[1]) if found else None,
        height=int(found[2]) if found else None,
        description=revised.strip()[:_MAX_DESCRIPTION] or None
        if isinstance(revised, str)
        else None,
    )


def _kept(body: dict[str, Any], listed: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep all that was said, short of pictures that came inside: they lie in our storage."""
    return body | {"data": [_without_picture(item) for item in listed[:_MAX_IMAGES]]}


def _without_picture(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in item.items()
        if name != "b64_json" and not (isinstance(value, str) and value.startswith("data:"))
    }


def _told(headers: Mapping[str, str]) -> dict[str, Any]:
    return {"headers": {name: headers[name] for name in _TOLD if name in headers}}


def _listed(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
