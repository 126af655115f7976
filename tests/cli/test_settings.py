import logging

import pytest

from graphapi.cli.settings import warn_of
from graphapi.settings import load_settings


def test_what_is_hardly_meant_is_one_warning_each(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GRAPHAPI_DATABSE_URL", "postgresql://films")
    monkeypatch.setenv("GRAPHAPI_PROT", "80")
    monkeypatch.setenv("GRAPHAPI_HOST", "0.0.0.0")
    warn_of(load_settings())
    unknown, homeless = caplog.messages
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert "Did you mean GRAPHAPI_DATABASE_URL?" in unknown
    assert "Did you mean GRAPHAPI_PORT?" in unknown
    assert "Set GRAPHAPI_PUBLIC_URL" in homeless


def test_what_has_no_setting_on_purpose_is_explained(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GRAPHAPI_FAL_RUN_URL", "https://fal.run")
    warn_of(load_settings())
    (told,) = caplog.messages
    assert "no effect" in told
    assert "set GRAPHAPI_FAL_QUEUE_URL" in told


def test_the_default_settings_give_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    warn_of(load_settings())
    assert caplog.messages == []
