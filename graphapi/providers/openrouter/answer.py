"""Read a chat completion as a hostile answer: what was said, by which model, and at what cost."""

import json
import re
from typing import Any

from graphapi.domain.analysis import read_answer
from graphapi.domain.charges import NOTHING, UNTOLD, Charge
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.money import MICROS
from graphapi.errors import Rejected
from graphapi.ports.analysis import AnalysisRequest, AnalysisResult
from graphapi.providers.http import Reply, for_people
from graphapi.providers.openrouter.errors import SENTENCES, fault_of, rejected

_OK = 200
_NAME_LENGTH = 120
_MOST = 1e12  # no count of tokens or dollars; a longer number would not even fit a float
# Models wrap JSON into a Markdown fence even when told not to.
_FENCE = re.compile(r"\A\s*```[a-zA-Z]*\s*\n?(.*?)\s*```\s*\Z", re.DOTALL)
_UPSTREAM = "the charge the provider named in its answer, with that of your own key upstream"
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens", "cost")


def result_of(reply: Reply, request: AnalysisRequest, key: str) -> AnalysisResult:
    """Read the result out of an answer with status 200.

    The answer is complete, so every defect is final: raises Rejected, never a doubt.
    """
    body = reply.json_object()
    if body is None:
        raise _unusable("OpenRouter's answer is no JSON object.")
    usage = _object(body.get("usage"))
    upstream = _amount(_object(usage.get("cost_details")).get("upstream_inference_cost"))
    cost = _cost(usage, upstream)
    try:
        choice = _choice(body, key)
        said = _parsed(_content(choice))
        fields = read_answer(said, groups=request.groups, categories=request.categories)
    except Rejected as error:
        raise _charged(error, body, usage, cost) from error
    return AnalysisResult(
        fields=fields,
        model=_name(body.get("model")) or request.models[0],
        request_id=_name(body.get("id")) or _name(reply.headers.get("x-generation-id")),
        cost_usd=cost,
        bill_source=_UPSTREAM if _own_key(usage) else None,
        raw=_record(reply, body, choice, usage),
    )


def _own_key(usage: dict[str, Any]) -> bool:
    return usage.get("is_byok") is True


def _cost(usage: dict[str, Any], upstream: float | None) -> float | None:
    """Tell the whole cost: with one's own key, what it is charged upstream is no part of `cost`.

    None where either is not named.
    """
    cost = _amount(usage.get("cost"))
    if not _own_key(usage) or cost is None:
        return cost
    return None if upstream is None else cost + upstream


def _charged(
    error: Rejected, body: dict[str, Any], usage: dict[str, Any], cost: float | None
) -> Rejected:
    """Say of an answer of no use what it cost; a model was at work, so unknown is not nothing.

    Without a cost, nothing is charged for an answer that ended in an error, or that has neither a
    token nor a reason for its end (OpenRouter's "zero completion insurance").
    """
    charge = UNTOLD if cost is None else Charge(micros=round(cost * MICROS))
    choices = body.get("choices")
    first = _object(choices[0] if isinstance(choices, list) and choices else None)
    ended = first.get("finish_reason")
    if cost is None and (ended == "error" or not (ended or usage.get("completion_tokens"))):
        charge = NOTHING
    return Rejected(error.code, error.message, charge=charge, perhaps_billed=True)


def _choice(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Pick the first choice; raises Rejected when it, or the whole answer, is a failure."""
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    choice = _object(first)
    for error in (body.get("error"), choice.get("error")):
        if error:
            raise rejected(fault_of(error, _OK), key)
    match choice.get("finish_reason"):
        case "length":
            raise _unusable("The model's answer was cut off at its length limit.")
        case "content_filter":
            raise _declined()
        case "error":
            raise Rejected(JobErrorCode.PROVIDER_FAILED, SENTENCES[JobErrorCode.PROVIDER_FAILED])
    if _object(choice.get("message")).get("refusal"):
        raise _declined()
    return choice


def _content(choice: dict[str, Any]) -> str:
    content = _object(choice.get("message")).get("content")
    if isinstance(content, list):
        texts = (_object(part).get("text") for part in content)
        content = "".join(text for text in texts if isinstance(text, str))
    if not isinstance(content, str) or not content.strip():
        raise _unusable("The model answered nothing.")
    return content


def _parsed(content: str) -> object:
    """Parse the answer's JSON; a fence around it is taken off, and nothing else is repaired."""
    fenced = _FENCE.match(content)
    try:
        return json.loads(fenced.group(1) if fenced else content)
    except (ValueError, RecursionError):
        raise _unusable("The model did not answer in the form it was asked for.") from None


def _record(
    reply: Reply, body: dict[str, Any], choice: dict[str, Any], usage: dict[str, Any]
) -> dict[str, Any]:
    """Keep what a person may want to know later, and nothing of unknown size."""
    kept = {
        "provider": _name(body.get("provider")),
        "finish_reason": _name(choice.get("finish_reason")),
        "native_finish_reason": _name(choice.get("native_finish_reason")),
        "cache": _name(reply.headers.get("x-openrouter-cache-status")),
        **{name: _amount(usage.get(name)) for name in _COUNTS},
    }
    return {name: value for name, value in kept.items() if value is not None}


def _unusable(why: str) -> Rejected:
    return Rejected(JobErrorCode.INVALID_OUTPUT, f"{why} {SENTENCES[JobErrorCode.INVALID_OUTPUT]}")


def _declined() -> Rejected:
    return Rejected(JobErrorCode.CONTENT_POLICY, SENTENCES[JobErrorCode.CONTENT_POLICY])


def _amount(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < _MOST else None


def _name(value: object) -> str | None:
    return for_people(value, _NAME_LENGTH) or None if isinstance(value, str) else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
