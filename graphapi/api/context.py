"""What a resolver is given: who asks, the use cases, and what this operation has read."""

from dataclasses import dataclass

import strawberry

from graphapi.api.errors import SIGN_IN
from graphapi.api.loaders import Loaders
from graphapi.domain.users import User
from graphapi.errors import Unauthenticated
from graphapi.ports.storage import MediaLinks
from graphapi.ports.watching import RecordingListener, Watcher
from graphapi.services.analyses import Analyses
from graphapi.services.breakers import Breakers
from graphapi.services.cancelling import Cancelling
from graphapi.services.images import Images
from graphapi.services.models import Models
from graphapi.services.picturing import Picturing
from graphapi.services.recordings import Recordings
from graphapi.services.recovering import Recovering
from graphapi.services.retrying import Retrying
from graphapi.services.retrying_recordings import RetryingRecordings
from graphapi.services.spending import Spendings
from graphapi.services.statuses import Statuses
from graphapi.services.uploads import Uploads
from graphapi.services.variations import Variations


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases behind the schema; made once, shared by all operations."""

    variations: Variations
    picturing: Picturing
    cancelling: Cancelling
    retrying: Retrying
    retrying_recordings: RetryingRecordings
    recovering: Recovering
    analyses: Analyses
    images: Images
    recordings: Recordings
    uploads: Uploads
    statuses: Statuses
    spendings: Spendings
    models: Models
    breakers: Breakers
    links: MediaLinks
    watcher: Watcher
    listener: RecordingListener


class Context:
    """The context of one operation, never shared with another. `viewer` is null for a stranger."""

    __slots__ = ("_loaders", "services", "viewer")

    def __init__(self, services: Services, viewer: User | None) -> None:
        self.services = services
        self.viewer = viewer
        self._loaders: Loaders | None = None

    @property
    def user(self) -> User:
        """Tell who is signed in; raises Unauthenticated when nobody is."""
        if self.viewer is None:
            raise Unauthenticated(SIGN_IN)
        return self.viewer

    @property
    def loaders(self) -> Loaders:
        """Give the loaders of this operation, or of this event of a subscription."""
        if self._loaders is None:
            services = self.services
            self._loaders = Loaders(
                services.images,
                services.recordings,
                services.statuses,
                services.spendings,
                self.user,
            )
        return self._loaders

    def forget(self) -> None:
        """Forget what was loaded: something is written now, or the next event begins."""
        self._loaders = None


Info = strawberry.Info[Context, None]
