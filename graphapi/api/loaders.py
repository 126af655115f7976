"""What one operation reads in batches: each batch is one short read, whatever asked for it."""

from functools import cached_property

from strawberry.dataloader import DataLoader

from graphapi.domain.attempts import Attempt
from graphapi.domain.library import Image
from graphapi.domain.money import Price
from graphapi.domain.options import Normalisation
from graphapi.domain.standing import Generation, Input
from graphapi.domain.users import User
from graphapi.services.images import Images
from graphapi.services.recordings import Recordings
from graphapi.services.spending import Spendings
from graphapi.services.statuses import Statuses


class Loaders:
    """The loaders of one operation or one event; they remember, so they are never kept longer.

    Whatever is missing or another person's is null, or an empty list.
    """

    def __init__(
        self,
        images: Images,
        recordings: Recordings,
        statuses: Statuses,
        spendings: Spendings,
        user: User,
    ) -> None:
        self._images = images
        self._recordings = recordings
        self._statuses = statuses
        self._spendings = spendings
        self._user = user

    @cached_property
    def image(self) -> DataLoader[str, Image | None]:
        """Load images by id."""
        return DataLoader(self._load_images)

    @cached_property
    def source(self) -> DataLoader[str, Image | None]:
        """Load images by id, deleted ones too: a generation never loses its source."""
        return DataLoader(self._load_sources)

    @cached_property
    def variations(self) -> DataLoader[str, list[Image]]:
        """Load the variations of an image by its id, newest first."""
        return DataLoader(self._load_variations)

    @cached_property
    def generation(self) -> DataLoader[str, Generation | None]:
        """Load generations by id."""
        return DataLoader(self._load_generations)

    @cached_property
    def attempts(self) -> DataLoader[str, list[Attempt]]:
        """Load the attempts at a variation by its id, oldest first."""
        return DataLoader(self._load_attempts)

    @cached_property
    def variations_of_generation(self) -> DataLoader[str, list[Image]]:
        """Load the variations of a generation by its id, in the order they were planned."""
        return DataLoader(self._load_variations_of_generations)

    @cached_property
    def normalised(self) -> DataLoader[str, tuple[Normalisation, ...]]:
        """Load what became of a variation's parameters, by the image's id."""
        return DataLoader(self._load_normalised)

    @cached_property
    def inputs(self) -> DataLoader[str, list[Input]]:
        """Load what a generation works on, by its id, in order."""
        return DataLoader(self._load_inputs)

    @cached_property
    def price(self) -> DataLoader[str, Price | None]:
        """Load what variations cost, by the image's id."""
        return DataLoader(self._load_prices)

    @cached_property
    def price_of_recording(self) -> DataLoader[str, Price | None]:
        """Load what recordings cost, by their ids."""
        return DataLoader(self._load_prices_of_recordings)

    @cached_property
    def attempts_at_recording(self) -> DataLoader[str, list[Attempt]]:
        """Load the attempts at a recording by its id, oldest first."""
        return DataLoader(self._load_attempts_at_recordings)

    async def _load_attempts_at_recordings(self, ids: list[str]) -> list[list[Attempt]]:
        found = await self._recordings.attempts_at(self._user, ids)
        return [found[each] for each in ids]

    async def _load_prices_of_recordings(self, ids: list[str]) -> list[Price | None]:
        found = await self._spendings.of_recordings(self._user, ids)
        return [found.get(each) for each in ids]

    async def _load_prices(self, ids: list[str]) -> list[Price | None]:
        found = await self._spendings.of_images(self._user, ids)
        return [found.get(each) for each in ids]

    async def _load_inputs(self, ids: list[str]) -> list[list[Input]]:
        found = await self._images.inputs_of(self._user, ids)
        return [found.get(each, []) for each in ids]

    async def _load_normalised(self, ids: list[str]) -> list[tuple[Normalisation, ...]]:
        found = await self._images.normalised(self._user, ids)
        return [found.get(each, ()) for each in ids]

    async def _load_images(self, ids: list[str]) -> list[Image | None]:
        found = await self._images.get_many(self._user, ids)
        return [found.get(each) for each in ids]

    async def _load_sources(self, ids: list[str]) -> list[Image | None]:
        statuses = await self._statuses.of_images(ids)
        own = {each.image.id: each.image for each in statuses if self._owns(each.image)}
        return [own.get(each) for each in ids]

    async def _load_variations(self, ids: list[str]) -> list[list[Image]]:
        found = await self._images.variations_of(self._user, ids)
        return [found[each] for each in ids]

    async def _load_attempts(self, ids: list[str]) -> list[list[Attempt]]:
        found = await self._images.attempts_at(self._user, ids)
        return [found[each] for each in ids]

    async def _load_generations(self, ids: list[str]) -> list[Generation | None]:
        found = await self._images.generations(self._user, ids)
        return [found.get(each) for each in ids]

    async def _load_variations_of_generations(self, ids: list[str]) -> list[list[Image]]:
        found = await self._images.of_generations(self._user, ids)
        return [found[each] for each in ids]

    def _owns(self, image: Image) -> bool:
        return image.owner_id == self._user.id
