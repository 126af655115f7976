"""Who may call a field. Whose rows a field can see is settled below, in every query for rows."""

from typing import Any

import strawberry
from strawberry.permission import BasePermission

from graphapi.api.context import Context
from graphapi.api.errors import SIGN_IN
from graphapi.errors import Unauthenticated


class SignedIn(BasePermission):
    """Ask for somebody signed in."""

    def has_permission(
        self,
        source: Any,  # noqa: ARG002 - strawberry's signature
        info: strawberry.Info[Context, None],
        **_arguments: Any,
    ) -> bool:
        """Tell whether somebody is signed in."""
        return info.context.viewer is not None

    def on_unauthorized(self) -> None:
        """Say how to sign in."""
        raise Unauthenticated(SIGN_IN)
