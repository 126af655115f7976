"""Keep bytes on a local disk or in a cloud's object store, through obstore.

`file:///path`, `s3://bucket/prefix`, `gs://bucket/prefix`, `az://account/container/prefix`, and
`memory:///` for tests. Keys and endpoints of a cloud come from its usual variables, which obstore
reads itself: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL,
GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_KEY and so on.
"""

import asyncio
import os
import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, MemoryStore, S3Store

from graphapi.errors import ConfigurationError, StorageFailed

if TYPE_CHECKING:
    # obstore has these names for type checkers alone.
    from obstore import Attributes
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

_CHECK_SECONDS = 20
# Pictures never change under their key, and only signed addresses lead to them.
_CACHE_CONTROL = "private, max-age=31536000, immutable"
# An endpoint with http:// is the operator's own choice, such as a MinIO in the next container.
_CLIENT: "ClientConfig" = {"allow_http": True, "connect_timeout": "5s", "timeout": "30s"}
# obstore's own three minutes would hold a request for as long.
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}


def open_storage(url: str) -> "ObjectStorage":
    """Open the storage at `url`, making a local folder that is missing.

    Raises ConfigurationError when the address cannot be one. Nothing remote is contacted yet:
    that is `check`.
    """
    return ObjectStorage(_open(url), url)


class ObjectStorage:
    """One folder, bucket or prefix in which keys are kept."""

    def __init__(self, store: "ObjectStore", url: str) -> None:
        self._store = store
        self._url = url
        self._folder = store.prefix if isinstance(store, LocalStore) else None

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store `content`, whole or not at all; once this returns it survives a power cut.

        Raises StorageFailed, having left nothing, when it is not taken: disk full, no permission,
        no network.
        """
        try:
            await obstore.put_async(
                self._store,
                key,
                content,
                attributes=self._attributes(content_type),
                use_multipart=False,  # a broken one would leave parts behind, unseen but billed
            )
            if self._folder is not None:
                await asyncio.to_thread(_flush, self._folder, key)
        except (BaseError, OSError) as error:
            raise StorageFailed("The picture could not be stored. Try again later.") from error

    async def get(self, key: str) -> bytes:
        """Read the bytes stored under `key`; raises FileNotFoundError or StorageFailed."""
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            raise FileNotFoundError(key) from None
        except (BaseError, OSError) as error:
            raise StorageFailed("The picture could not be read. Try again later.") from error

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove these keys; a missing one is no error. Raises StorageFailed."""
        await asyncio.gather(*(self._delete(key) for key in keys))

    async def remove_folder(self, folder: str) -> None:
        """Remove every key below a folder; an empty one is no error. Raises StorageFailed."""
        try:
            keys = [
                found["path"]
                async for batch in obstore.list(self._store, prefix=f"{folder}/")
                for found in batch
            ]
        except (BaseError, OSError) as error:
            raise StorageFailed("A picture could not be removed. Try again later.") from error
        await self.delete(keys)

    async def check(self) -> None:
        """Write, read and remove a probe; raises ConfigurationError with what to do."""
        key, content = f"checks/{secrets.token_hex(8)}", secrets.token_bytes(16)
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await self.put(key, content, "application/octet-stream")
                whole = await self.get(key) == content
                await self.delete([key])
        except (StorageFailed, FileNotFoundError, TimeoutError) as error:
            raise self._unusable(error) from error
        if not whole:
            raise self._unusable(ValueError("it gave back other bytes than it was given"))

    async def _delete(self, key: str) -> None:
        try:
            # One at a time: in a batch, a missing key stops what comes after it.
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise StorageFailed("A picture could not be removed. Try again later.") from error

    def _attributes(self, content_type: str) -> "Attributes | None":
        # A local disk has no place for them; our own server tells them from the key.
        if self._folder is not None:
            return None
        return {"Content-Type": content_type, "Cache-Control": _CACHE_CONTROL}

    def _unusable(self, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            f"GRAPHAPI_STORAGE_URL={_shown(self._url)} does not work: {_reason(error)}. "
            f"{_advice(self._url)}"
        )


def _open(url: str) -> "ObjectStore":
    scheme = urlsplit(url).scheme
    try:
        match scheme:
            case "file":
                return LocalStore.from_url(url, mkdir=True, automatic_cleanup=True)
            case "memory":
                return MemoryStore()
            case "s3":
                return S3Store.from_url(url, client_options=_CLIENT, retry_config=_RETRIES)
            case "gs":
                return GCSStore.from_url(url, client_options=_CLIENT, retry_config=_RETRIES)
            case "az":
                return AzureStore.from_url(url, client_options=_CLIENT, retry_config=_RETRIES)
    except (BaseError, OSError, ValueError) as error:
        raise ConfigurationError(
            f"GRAPHAPI_STORAGE_URL={_shown(url)} cannot be opened: {_reason(error)}. {_advice(url)}"
        ) from error
    raise ConfigurationError(
        f"GRAPHAPI_STORAGE_URL={_shown(url)} is no storage address. Write file:///path, "
        "s3://bucket/prefix, gs://bucket/prefix or az://account/container/prefix."
    )


def _flush(folder: Path, key: str) -> None:
    # obstore renames a finished file into place but never syncs it; the database row that names
    # the file does survive a power cut, so the file and its folders must too.
    path = folder / key
    for place in (path, *(parent for parent in path.parents if parent.is_relative_to(folder))):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: BaseException) -> str:
    # obstore's messages continue with its own debugging output after the first line.
    if isinstance(error, TimeoutError):
        return f"no answer within {_CHECK_SECONDS} s"
    said = str(error.__cause__ or error).strip() or type(error).__name__
    return said.splitlines()[0].rstrip(".:")


def _shown(url: str) -> str:
    # Somebody may have written a password into the address.
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _advice(url: str) -> str:
    match urlsplit(url).scheme:
        case "s3":
            return (
                "Check that the bucket exists, and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
                "AWS_REGION and, for a store other than Amazon's, AWS_ENDPOINT_URL."
            )
        case "gs":
            return "Check that the bucket exists, and GOOGLE_APPLICATION_CREDENTIALS."
        case "az":
            return "Check that the container exists, and AZURE_STORAGE_ACCOUNT_KEY."
    return "Check that the folder may be written and that the disk has room."
