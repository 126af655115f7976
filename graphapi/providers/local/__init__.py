"""The embedded default: honest image work on this machine, with no key and no network."""

from graphapi.providers.local.analyst import LocalAnalyst
from graphapi.providers.local.editor import LocalEditor

__all__ = ["LocalAnalyst", "LocalEditor"]
