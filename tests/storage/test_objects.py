import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from graphapi.errors import ConfigurationError, StorageFailed
from graphapi.ports.storage import Storage
from graphapi.storage.objects import ObjectStorage, open_storage
from tests.servers.s3 import S3Bucket

KEY = "uploads/pic_0/original.jpg"


@pytest.fixture
def s3(s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch) -> S3Bucket:
    """An S3 whose variables are set as an operator sets them."""
    _set(s3_bucket, monkeypatch)
    return s3_bucket


@pytest.fixture(params=["file", "memory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStorage]:
    match request.param:
        case "file":
            yield open_storage(f"file://{tmp_path}/media of ours")
        case "memory":
            yield open_storage("memory:///")
        case _:
            place: S3Bucket = request.getfixturevalue("s3")
            yield open_storage(place.url)


def _set(place: S3Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    # The operator's http:// endpoint is enough.
    monkeypatch.delenv("AWS_ALLOW_HTTP")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_it_is_what_the_use_cases_ask_for(storage: ObjectStorage) -> None:
    port: Storage = storage
    await port.check()


async def test_what_is_put_is_got(storage: ObjectStorage) -> None:
    content = os.urandom(7_000_000)
    await storage.put(KEY, content, "image/jpeg")
    assert await storage.get(KEY) == content


async def test_putting_again_replaces(storage: ObjectStorage) -> None:
    await storage.put(KEY, b"first, and longer", "image/jpeg")
    await storage.put(KEY, b"second", "image/jpeg")
    assert await storage.get(KEY) == b"second"


async def test_a_key_that_is_not_there_is_not_found(storage: ObjectStorage) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        await storage.get("nowhere")


async def test_deleting_skips_what_is_missing_and_removes_the_rest(storage: ObjectStorage) -> None:
    for key in ("a", "b", "kept"):
        await storage.put(key, b"x", "image/jpeg")
    await storage.delete(["missing", "a", "missing too", "b"])
    for key in ("a", "b"):
        with pytest.raises(FileNotFoundError):
            await storage.get(key)
    assert await storage.get("kept") == b"x"
    await storage.delete([])


async def test_a_folder_is_removed_with_all_that_lies_in_it(storage: ObjectStorage) -> None:
    gone = ["jobs/job_1/original.png", "jobs/job_1/small.jpg", "jobs/job_1/answers/0.bin"]
    kept = ["jobs/job_10/original.png", "jobs/job_2/original.png"]
    for key in (*gone, *kept):
        await storage.put(key, b"x", "image/png")
    await storage.remove_folder("jobs/job_1")
    await storage.remove_folder("jobs/job_1")
    await storage.remove_folder("jobs/job_3")
    for key in gone:
        with pytest.raises(FileNotFoundError):
            await storage.get(key)
    assert [await storage.get(key) for key in kept] == [b"x", b"x"]


async def test_many_at_once_do_not_mix(storage: ObjectStorage) -> None:
    bodies = {f"jobs/job_{number}/original.png": os.urandom(1000) for number in range(20)}
    await asyncio.gather(*(storage.put(key, body, "image/png") for key, body in bodies.items()))
    assert await asyncio.gather(*map(storage.get, bodies)) == list(bodies.values())


async def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    await open_storage(f"file://{tmp_path}").check()
    assert _files(tmp_path) == []


async def test_a_local_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    await open_storage(f"file://{tmp_path}/not/yet/there").put(KEY, b"x", "image/jpeg")
    assert (tmp_path / "not/yet/there" / KEY).read_bytes() == b"x"


async def test_a_file_reaches_the_disk_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    await open_storage(f"file://{tmp_path}").put(KEY, b"x", "image/jpeg")
    file = tmp_path / KEY
    places = (file, file.parent, file.parent.parent, tmp_path)
    assert synced == [place.stat().st_ino for place in places]


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path: Path) -> None:
    # A limit on the size of a file fails a write half way, just as a full disk does.
    program = (
        "import asyncio, resource, sys\n"
        "from graphapi.storage.objects import open_storage\n"
        "from graphapi.errors import StorageFailed\n"
        "async def main():\n"
        "    storage = open_storage(sys.argv[1])\n"
        "    await storage.put('jobs/a/small.jpg', b'old', 'image/jpeg')\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))\n"
        "    for key in ('jobs/a/small.jpg', 'jobs/a/large.jpg'):\n"
        "        try:\n"
        "            await storage.put(key, bytes(200_000), 'image/jpeg')\n"
        "        except StorageFailed as error:\n"
        "            print(error)\n"
        "asyncio.run(main())\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, f"file://{tmp_path}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.splitlines() == ["The picture could not be stored. Try again later."] * 2
    (left,) = _files(tmp_path)
    assert (left.name, left.read_bytes()) == ("small.jpg", b"old")


async def test_a_local_disk_that_is_not_ours_says_what_to_do(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}/media")
    (tmp_path / "media").rmdir()
    (tmp_path / "media").write_text("in the way")
    with pytest.raises(ConfigurationError, match=r"GRAPHAPI_STORAGE_URL.*may be written"):
        await storage.check()
    with pytest.raises(StorageFailed):
        await storage.put(KEY, b"x", "image/jpeg")


@pytest.mark.parametrize(
    "url", ["", "media", "/var/media", "ftp://host/x", "https://host/x", "s3://", "az://"]
)
def test_an_address_that_is_none_is_a_setting_to_mend(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_BUCKET", raising=False)
    with pytest.raises(ConfigurationError, match="GRAPHAPI_STORAGE_URL"):
        open_storage(url)


def test_a_password_in_the_address_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        open_storage("ftp://me:hunter2@host/x?token=hunter2")
    assert "hunter2" not in str(refusal.value)


async def test_s3_keeps_the_type_for_whoever_serves_it(s3: S3Bucket) -> None:
    await open_storage(s3.url).put(KEY, b"x", "image/jpeg")
    store = S3Store(s3.bucket, prefix=s3.prefix, client_options={"allow_http": True})
    kept = (await obstore.get_async(store, KEY)).attributes
    assert kept["Content-Type"] == "image/jpeg"
    assert "immutable" in kept["Cache-Control"]


async def test_a_wrong_secret_opens_no_s3(
    s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(replace(s3_bucket, secret_access_key="wrong"), monkeypatch)
    storage = open_storage(s3_bucket.url)
    with pytest.raises(StorageFailed):
        await storage.put(KEY, b"x", "image/jpeg")
    with pytest.raises(StorageFailed):
        await storage.get(KEY)
    with pytest.raises(ConfigurationError, match="AWS_SECRET_ACCESS_KEY"):
        await storage.check()
    _set(s3_bucket, monkeypatch)
    with pytest.raises(FileNotFoundError):
        await open_storage(s3_bucket.url).get(KEY)


@pytest.mark.usefixtures("s3")
async def test_a_missing_bucket_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="Check that the bucket exists"):
        await open_storage("s3://no-such-bucket/x").check()


async def test_an_s3_that_is_not_there_says_what_to_do(
    s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(replace(s3_bucket, endpoint="http://127.0.0.1:1"), monkeypatch)
    with pytest.raises(ConfigurationError, match="AWS_ENDPOINT_URL") as refusal:
        await open_storage(s3_bucket.url).check()
    assert s3_bucket.secret_access_key not in str(refusal.value)
    assert "\n" not in str(refusal.value)
