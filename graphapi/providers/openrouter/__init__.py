"""OpenRouter: vision-language models that describe a still, behind one protocol."""

from graphapi.providers.openrouter.analyst import OpenRouterAnalyst

__all__ = ["OpenRouterAnalyst"]
