"""What a person may say of an image, on its way in and afterwards."""

from dataclasses import fields
from typing import Any

import strawberry
from strawberry import Maybe

from graphapi.api.types.enums import ReviewStatus
from graphapi.services.requests import NewImage

_WORDS = (
    "title", "tags", "category", "description", "group", "project_name", "moodboard_name",
    "source", "sref",
)  # fmt: skip


@strawberry.input(
    description="An image to put into the library: give either `storageId` or `imageUrl`. What "
    "you write yourself is kept when a model describes the image."
)
class CreateImageInput:
    """A new image."""

    storage_id: strawberry.ID | None = strawberry.field(
        default=None, description="What the upload to `generateUploadUrl` answered."
    )
    image_url: str | None = strawberry.field(
        default=None,
        description="The public http or https address of a picture. It is fetched, at most 32 MiB, "
        "before this mutation answers, and a copy is kept.",
    )
    title: str | None = strawberry.field(
        default=None, description="A short title, at most 200 characters."
    )
    tags: list[str] | None = strawberry.field(
        default=None, description="Words to find it by: at most 50, of at most 60 characters each."
    )
    category: str | None = strawberry.field(
        default=None,
        description="What kind of picture it is: one of `categories`, or free text of at most 80 "
        "characters.",
    )
    description: str | None = strawberry.field(
        default=None, description="What is to be seen, at most 4000 characters."
    )
    group: str | None = strawberry.field(
        default=None,
        description="What kind of production it belongs to: one of `groups`, or free text of at "
        "most 80 characters.",
    )
    project_name: str | None = strawberry.field(
        default=None, description="The project to file it under, at most 120 characters."
    )
    moodboard_name: str | None = strawberry.field(
        default=None, description="The moodboard to pin it to, at most 120 characters."
    )
    source: str | None = strawberry.field(
        default=None, description="Where it is from, at most 500 characters."
    )
    sref: str | None = strawberry.field(
        default=None, description="A style reference to note beside it, at most 500 characters."
    )
    analyze: bool | None = strawberry.field(
        default=True, description="Whether a model describes it at once."
    )

    def wanted(self) -> NewImage:
        """Put it in the words of the use case."""
        words = {name: getattr(self, name) for name in _WORDS}
        return NewImage(
            storage_id=self.storage_id,
            image_url=self.image_url,
            words={name: value for name, value in words.items() if value is not None},
            analyze=self.analyze is not False,
        )


@strawberry.input(
    description="What to change of an image. A field that is left out stays as it is; null clears "
    "it. What you write is kept by later analyses, a cleared field included, unless they are told "
    "to overwrite."
)
class UpdateImageInput:
    """Changes by a person."""

    title: Maybe[str | None] = strawberry.field(
        default=None, description="A short title, at most 200 characters."
    )
    description: Maybe[str | None] = strawberry.field(
        default=None, description="What is to be seen, at most 4000 characters."
    )
    tags: Maybe[list[str] | None] = strawberry.field(
        default=None,
        description="All its tags, instead of those it has: at most 50, of at most 60 characters "
        "each.",
    )
    category: Maybe[str | None] = strawberry.field(
        default=None, description="What kind of picture it is, at most 80 characters."
    )
    group: Maybe[str | None] = strawberry.field(
        default=None, description="What kind of production it belongs to, at most 80 characters."
    )
    genre: Maybe[str | None] = strawberry.field(
        default=None, description="The genre, at most 80 characters."
    )
    style: Maybe[str | None] = strawberry.field(
        default=None, description="The visual style, at most 80 characters."
    )
    shot: Maybe[str | None] = strawberry.field(
        default=None, description="The shot in words, at most 80 characters."
    )
    project_name: Maybe[str | None] = strawberry.field(
        default=None, description="The project it is filed under, at most 120 characters."
    )
    moodboard_name: Maybe[str | None] = strawberry.field(
        default=None, description="The moodboard it is pinned to, at most 120 characters."
    )
    source: Maybe[str | None] = strawberry.field(
        default=None, description="Where it is from, at most 500 characters."
    )
    sref: Maybe[str | None] = strawberry.field(
        default=None, description="A style reference noted beside it, at most 500 characters."
    )
    status: Maybe[ReviewStatus | None] = strawberry.field(
        default=None, description="How far you have taken it; it cannot be cleared."
    )

    def changes(self) -> dict[str, Any]:
        """Name what is to change; what was left out is absent, what is cleared is None."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: some.value for name, some in given.items() if some is not None}
