"""The sample images of a new library, so that the first variation is one step away."""

from importlib.resources import files

from graphapi.domain.users import User
from graphapi.persistence import images
from graphapi.persistence.database import Database
from graphapi.services.images import Images
from graphapi.services.requests import NewImage
from graphapi.services.uploads import Uploads

_FOLDER = files("graphapi") / "samples"
_BOARD = {"project_name": "Sample project", "moodboard_name": "First look"}
# The last one added is the newest, and so the first that a person sees.
_SAMPLES: dict[str, dict[str, str]] = {
    "rocket.jpg": {
        "title": "Night launch",
        "description": "A rocket on its pad at night, lit from below by floodlights.",
        "group": "Film",
        "source": "SpaceX, launch of DSCOVR; CC0",
    },
    "coffee.png": {
        "title": "Espresso",
        "description": "A cup of espresso on a wooden table, a spoon beside it, seen from above.",
        "group": "Commercial",
        "source": "Rachel Michetti, Pikolo Espresso Bar; CC0",
    },
    "astronaut.png": {
        "title": "Astronaut",
        "description": "A smiling woman with short curly brown hair in an orange flight suit with "
        "mission patches, a flag of the United States and a model of the space shuttle behind "
        "her; soft studio light from the left.",
        "group": "Film",
        "source": "NASA, portrait of Eileen Collins; public domain",
    },
}


class Samples:
    """Puts the sample images into a library that never held anything."""

    def __init__(self, database: Database, uploads: Uploads, library: Images) -> None:
        self._database = database
        self._uploads = uploads
        self._library = library

    async def add_once(self, owner: User) -> None:
        """Add the samples, without having them analysed: nothing is spent unasked."""
        async with self._database.read() as connection:
            if await images.ever_any(connection, owner.id):
                return
        for name, words in _SAMPLES.items():
            storage_id = await self._uploads.receive(owner.id, (_FOLDER / name).read_bytes())
            given: dict[str, str | tuple[str, ...] | None] = {**words, **_BOARD}
            new = NewImage(storage_id=storage_id, words=given, analyze=False)
            await self._library.create(owner, new)
