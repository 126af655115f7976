"""Who asks."""

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import public_query
from graphapi.api.types.user import User


@strawberry.type
class ViewerQueries:
    """The person behind the token."""

    @public_query("Who is signed in with the token you sent; null without one.")
    def viewer(self, info: Info) -> User | None:
        """Tell who asks."""
        viewer = info.context.viewer
        return User.of(viewer) if viewer else None
