"""An S3 that verifies signatures: moto over HTTP, one for all workers of a run.

`s3_bucket` is a place of this test alone, with the key that opens it; `moto_url` is the bare
address of the server. Requests without a good signature are refused. Pre-signed addresses are not
understood: moto looks for the signature in the header alone.
"""

import json
import re
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.servers.launch import free_port, launch, shared_by_workers, wait_until

REGION = "us-east-1"
BUCKET = "graphapi-tests"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """A prefix in a bucket, and the key that opens it."""

    endpoint: str
    region: str
    bucket: str
    prefix: str
    access_key_id: str
    secret_access_key: str

    @property
    def url(self) -> str:
        """The place as `GRAPHAPI_STORAGE_URL` takes it."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which every S3 client finds the server and the key."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }


@pytest.fixture(scope="session")
def _moto(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    started: dict[str, str] = json.loads(shared_by_workers(tmp_path_factory, "moto", _start))
    return started


@pytest.fixture(scope="session")
def moto_url(_moto: dict[str, str]) -> str:
    """Address of an S3 that verifies signatures."""
    return _moto["endpoint"]


@pytest.fixture
def s3_bucket(_moto: dict[str, str]) -> S3Bucket:
    """An empty place in an S3 that verifies signatures."""
    return S3Bucket(region=REGION, bucket=BUCKET, prefix=uuid.uuid4().hex, **_moto)


def _start() -> str:
    folder = Path(tempfile.mkdtemp(prefix="graphapi-moto-"))
    port = free_port()
    launch([sys.executable, "-m", "moto.server", "-p", str(port)], folder)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        wait_until(lambda: _answers(client), "moto", folder)
        key = _create_key(client)
        client.put(f"/{BUCKET}", headers=_as("s3")).raise_for_status()
        # From here on, every request must be signed.
        client.post("/moto-api/reset-auth", content=b"0").raise_for_status()
    return json.dumps({"endpoint": f"http://127.0.0.1:{port}", **key})


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/moto-api/").is_success
    except httpx.TransportError:
        return False


def _create_key(client: httpx.Client) -> dict[str, str]:
    user = {"UserName": "graphapi"}
    policy = {"PolicyName": "all", "PolicyDocument": json.dumps(POLICY)}
    _iam(client, {"Action": "CreateUser", **user})
    _iam(client, {"Action": "PutUserPolicy", **user, **policy})
    answer = _iam(client, {"Action": "CreateAccessKey", **user})
    return {
        "access_key_id": _text_of("AccessKeyId", answer),
        "secret_access_key": _text_of("SecretAccessKey", answer),
    }


def _iam(client: httpx.Client, form: dict[str, str]) -> str:
    answer = client.post("/", data={"Version": "2010-05-08", **form}, headers=_as("iam"))
    return answer.raise_for_status().text


def _as(service: str) -> dict[str, str]:
    # Not yet verified: it only tells moto which of its services is meant.
    scope = f"Credential=setup/20260101/{REGION}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}


def _text_of(tag: str, xml: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", xml)
    assert found, f"moto answered no {tag}: {xml}"
    return found[1]
