import re

import pytest

from graphapi.domain.images import Size
from graphapi.domain.keys import result_key, upload_key

PICTURE, JOB = "pic_01m7wafeecra5r76mtk61s4ya1", "job_01m7wafeecra5r76mtk61s4ya2"


def test_keys_are_named_by_noun_and_id() -> None:
    assert upload_key(PICTURE, "image/jpeg") == f"uploads/{PICTURE}/original.jpg"
    assert upload_key(PICTURE, "image/webp", Size.SMALL) == f"uploads/{PICTURE}/small.webp"
    assert result_key(JOB, "image/png") == f"jobs/{JOB}/original.png"


def test_every_size_of_every_picture_has_a_key_of_its_own() -> None:
    kinds = ("image/jpeg", "image/png", "image/webp")
    keys = {
        make(identifier, kind, size)
        for make, identifier in ((upload_key, PICTURE), (result_key, JOB))
        for kind in kinds
        for size in (None, *Size)
    }
    assert len(keys) == 2 * len(kinds) * (1 + len(Size))
    assert all(re.fullmatch(r"[a-z0-9_./]+", key) for key in keys)


@pytest.mark.parametrize(
    "identifier", ["", "../../etc/passwd", JOB, PICTURE + "/..", PICTURE.upper(), "pic_1"]
)
def test_nothing_but_a_picture_s_id_gets_into_an_upload_s_key(identifier: str) -> None:
    with pytest.raises(ValueError, match="not the id of a picture"):
        upload_key(identifier, "image/jpeg")


@pytest.mark.parametrize("content_type", ["image/gif", "text/html", "", "image/../x"])
def test_nothing_but_what_we_encode_is_stored(content_type: str) -> None:
    with pytest.raises(ValueError, match="never stored"):
        result_key(JOB, content_type)
