from dataclasses import replace

import httpx
import obstore
import pytest
from obstore.store import S3Store

from tests.servers.s3 import S3Bucket


def _open(place: S3Bucket) -> S3Store:
    return S3Store(
        place.bucket,
        prefix=place.prefix,
        endpoint=place.endpoint,
        region=place.region,
        access_key_id=place.access_key_id,
        secret_access_key=place.secret_access_key,
        client_options={"allow_http": True},
    )


def test_the_right_key_writes_and_reads(s3_bucket: S3Bucket) -> None:
    store = _open(s3_bucket)
    obstore.put(store, "a/still.jpg", b"pixels")
    assert bytes(obstore.get(store, "a/still.jpg").bytes()) == b"pixels"


def test_a_wrong_secret_is_refused(s3_bucket: S3Bucket) -> None:
    with pytest.raises(obstore.exceptions.PermissionDeniedError):
        obstore.put(_open(replace(s3_bucket, secret_access_key="wrong")), "still.jpg", b"pixels")


def test_an_unsigned_request_is_refused(s3_bucket: S3Bucket, moto_url: str) -> None:
    answer = httpx.get(f"{moto_url}/{s3_bucket.bucket}", trust_env=False)
    assert not answer.is_success
