"""fal.ai: the queue that runs image models, and what it tells afterwards."""

from graphapi.providers.fal.editor import FalEditor
from graphapi.providers.fal.webhooks import FalWebhookVerifier

__all__ = ["FalEditor", "FalWebhookVerifier"]
