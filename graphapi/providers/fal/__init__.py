"""fal.ai: the queue that runs image models."""

from graphapi.providers.fal.editor import FalEditor

__all__ = ["FalEditor"]
