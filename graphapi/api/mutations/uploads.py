"""Asking for an address to upload a picture to."""

from datetime import datetime

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.payload import Payload
from graphapi.domain.recordings import ACCEPTED_IN_WORDS


@strawberry.type(description="What `generateUploadUrl` answers.")
class GenerateUploadUrlPayload(Payload):
    """An address and how long it is good."""

    upload_url: str | None = strawberry.field(
        default=None,
        description="POST the bytes of one picture to this address, with its `Content-Type` and "
        "no other header needed: a JPEG, PNG, WebP, GIF or AVIF of at most 32 MiB. The answer is "
        '`{"storageId": ...}`, which `createImage` takes. A recording goes the same way: '
        f"{ACCEPTED_IN_WORDS} of at most 50 MiB, kept as it is; `transcribe` takes its "
        "`storageId`. Of both the bytes themselves decide what they are.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when the upload must have begun, 15 minutes from now."
    )


@strawberry.type
class UploadMutations:
    """The way in for pictures."""

    @mutation(
        GenerateUploadUrlPayload,
        "Get a signed address to upload one picture to. Then put what you uploaded "
        "into the library with `createImage`.",
    )
    async def generate_upload_url(self, info: Info) -> GenerateUploadUrlPayload | None:
        """Make an upload address."""
        ticket = info.context.services.uploads.ticket(info.context.user)
        return GenerateUploadUrlPayload(upload_url=ticket.url, expires_at=ticket.expires_at)
