"""What a model answers: a description of the still, or whatever a test makes of it."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

STILL: dict[str, Any] = {
    "title": "Suited up",
    "description": "A woman of about forty with short, layered light brown hair and an open smile "
    "stands in an orange pressure suit with a dark neck ring. Soft studio light from the left; a "
    "mottled grey backdrop, a flag and a model of a shuttle. Medium shot at eye level.",
    "category": "Portrait",
    "group": None,
    "projectName": None,
    "moodboardName": "Orange suits",
    "genre": "Drama",
    "style": "Clean studio portrait",
    "shot": "Medium shot",
    "tags": ["astronaut", "orange suit", "portrait", "studio light", "flag", "shuttle model"],
}
COST = 0.00123
USAGE: dict[str, Any] = {
    "prompt_tokens": 1200,
    "completion_tokens": 240,
    "total_tokens": 1440,
    "cost": COST,
    "is_byok": False,
    "cost_details": {"upstream_inference_cost": None},
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}
UNUSED = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer of a model. `error` is that of the choice; `body` replaces the whole answer.

    `leave_out` are keys of the answer that are missing.
    """

    content: Any = field(default_factory=lambda: json.dumps(STILL))
    finish_reason: str | None = "stop"
    refusal: str | None = None
    error: dict[str, Any] | None = None
    usage: dict[str, Any] | None = field(default_factory=lambda: dict(USAGE))
    leave_out: tuple[str, ...] = ()
    body: Any = None

    def answer(self, model: str) -> Any:
        """Make the body of the answer."""
        if self.body is not None:
            return self.body
        message = {"role": "assistant", "content": self.content, "refusal": self.refusal}
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": self.finish_reason,
            "native_finish_reason": (self.finish_reason or "").upper() or None,
            "message": message,
        }
        if self.error is not None:
            choice["error"] = self.error
        whole = {
            "id": f"gen-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": model,
            "provider": "Emulated",
            "choices": [choice],
            "usage": self.usage,
        }
        return {name: value for name, value in whole.items() if name not in self.leave_out}


def still(**changes: Any) -> Completion:
    """Answer with the usual description, changed in these keys."""
    return Completion(content=json.dumps(STILL | changes))
