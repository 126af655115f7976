"""Lumenfall's gateway to image models: OpenAI's image API, answered in one breath."""

from graphapi.providers.lumenfall.editor import LumenfallEditor

__all__ = ["LumenfallEditor"]
