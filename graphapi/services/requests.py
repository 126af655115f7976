"""What callers ask for, as frozen values."""

from dataclasses import dataclass, field

from graphapi.domain.analysis import AnalysisContext, Overrides
from graphapi.domain.images import AspectRatio
from graphapi.domain.models import ModelKind
from graphapi.domain.options import Options
from graphapi.domain.variations import ModificationMode, ShotType

MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class VariationsWanted:
    """Variations asked of one image. `model` unset means the server's default.

    After `expires_after` seconds what has not ended is given up; unset means the server's default.
    """

    mode: ModificationMode
    count: int
    detail: str | None = None
    shot_types: tuple[ShotType, ...] | None = None
    aspect_ratio: AspectRatio = AspectRatio.RATIO_16_9
    model: str | None = None
    expires_after: int | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class PicturesWanted:
    """Pictures asked for in a person's own words: of nothing yet, or made from `image_ids`.

    `roles` say what each of these images is, in the same order, as far as anybody said. Without
    `aspect_ratio` the model has its usual shape. `expires_after` is as in `VariationsWanted`.
    """

    model: str
    prompt: str
    count: int = 1
    image_ids: tuple[str, ...] = ()
    roles: tuple[str | None, ...] = ()
    aspect_ratio: str | None = None
    expires_after: int | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class SoundWanted:
    """Something to be heard or said: `text` to say, or a recording to write down.

    That one is named by `storage_id`, or by `audio_url`. `expires_after` is as in
    `VariationsWanted`.
    """

    kind: ModelKind
    model: str
    text: str | None = None
    storage_id: str | None = None
    audio_url: str | None = None
    expires_after: int | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class AnalysisWanted:
    """An analysis asked of one image, by a person.

    `storage_id` and `image_url` name another picture to look at. With `variation_count` above 0,
    variations follow it: in `mode`, else in the mode stored on the image.
    """

    context: AnalysisContext = field(default_factory=AnalysisContext)
    overrides: Overrides = field(default_factory=Overrides)
    storage_id: str | None = None
    image_url: str | None = None
    overwrite_edits: bool = False
    variation_count: int = 0
    mode: ModificationMode | None = None


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image to put into the library, from an uploaded picture or from an address.

    `words` are the fields a person gave, by their names in `graphapi.domain.library.Image`.
    """

    storage_id: str | None = None
    image_url: str | None = None
    words: dict[str, str | tuple[str, ...] | None] = field(default_factory=dict)
    analyze: bool = True
