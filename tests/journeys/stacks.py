"""What a product stands on, and the marks of tests for which one of the two says it all."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Stack:
    """What a product stands on."""

    name: str
    settings: Mapping[str, str]
    workers: int


on_embedded = pytest.mark.parametrize("stack", ["embedded"], indirect=True)
on_scaled = pytest.mark.parametrize("stack", ["scaled"], indirect=True)
