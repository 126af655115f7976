from datetime import timedelta
from pathlib import Path

import pytest

from graphapi.errors import ConfigurationError
from graphapi.settings import Settings, load_settings, unknown_settings


def test_an_empty_first_name_of_a_key_leaves_the_word_to_the_second(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("FAL_API_KEY=\nFAL_KEY=second\n")
    key = load_settings(_env_file=file).fal_key
    assert key is not None
    assert key.get_secret_value() == "second"


def test_the_first_name_of_a_key_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "second")
    monkeypatch.setenv("FAL_API_KEY", "first")
    key = load_settings().fal_key
    assert key is not None
    assert key.get_secret_value() == "first"


def test_an_empty_setting_has_its_default(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("GRAPHAPI_PORT=\nGRAPHAPI_DATABASE_URL=\n")
    settings = load_settings(_env_file=file)
    assert (settings.port, settings.database_url) == (8000, None)


def test_lists_are_divided_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHAPI_ALLOWED_ORIGINS", " https://a.example/, https://b.example ,")
    assert load_settings().allowed_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize("value", ["90", "90.0", "PT1M30S"])
def test_a_deadline_is_given_in_seconds_or_as_iso_8601(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHAPI_JOB_DEADLINE", value)
    assert load_settings().job_deadline == timedelta(seconds=90)


@pytest.mark.parametrize("value", ["soon", "0", "-5", "nan", "inf"])
def test_a_deadline_that_is_none_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHAPI_JOB_DEADLINE", value)
    sentence = "GRAPHAPI_JOB_DEADLINE: must be (seconds, such as 3600, or ISO 8601|at least 1 sec)"
    with pytest.raises(ConfigurationError, match=sentence):
        load_settings()


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("GRAPHAPI_PORT=1\n")
    monkeypatch.setenv("GRAPHAPI_PORT", "2")
    assert load_settings(_env_file=tmp_path / ".env").port == 2


def test_every_wrong_setting_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHAPI_PORT", "eighty")
    monkeypatch.setenv("GRAPHAPI_PUBLIC_URL", "example.com")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert "GRAPHAPI_PORT: " in str(raised.value)
    assert "GRAPHAPI_PUBLIC_URL: " in str(raised.value)
    assert "https://example.com" in str(raised.value)


def test_an_address_of_an_unknown_kind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHAPI_DATABASE_URL", "mysql://films")
    monkeypatch.setenv("GRAPHAPI_REDIS_URL", "films:6379")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert "GRAPHAPI_DATABASE_URL: must begin with postgresql://" in str(raised.value)
    assert "GRAPHAPI_REDIS_URL: must begin with redis://" in str(raised.value)


def test_headers_that_are_not_json_are_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHAPI_FAL_HEADERS", "X-Team: films")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert "GRAPHAPI_FAL_HEADERS" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eighty", "must be a whole number"),
        ("PORT", "99999", "must be at most 65535"),
        ("GENERATION_CONCURRENCY", "0", "must be at least 1"),
        ("GENERATION_CONCURRENCY", "1.5", "must be a whole number"),
        ("DAILY_CAP_USD", "-1", "must be at least 0"),
        ("DAILY_CAP_USD", "much", "must be a number, such as 12.50"),
        ("DAILY_CAP_USD", "inf", "must be a number, such as 12.50"),
        ("DAILY_CAP_USD", "0.1234567", "may have at most 6 digits after the point"),
        ("FAL_HEADERS", "[1]", 'must be a JSON object of texts, such as {"X-Team": "films"}'),
        ("FAL_HEADERS", '{"a": 1}', 'must be a JSON object of texts, such as {"X-Team": "films"}'),
    ],
)
def test_what_is_wrong_is_told_in_our_words(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GRAPHAPI_{name}", value)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert str(raised.value).endswith(f"\n  GRAPHAPI_{name}: {sentence}")


def test_keys_do_not_show_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_API_KEY", "s3cr3tvalue")
    monkeypatch.setenv("GRAPHAPI_SECRET_KEY", "s3cr3tvalue")
    assert "s3cr3tvalue" not in repr(load_settings())


def test_the_secrets_are_the_keys_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().secrets() == ()
    monkeypatch.setenv("FAL_KEY", "s3cr3tvalue")
    assert load_settings().secrets() == ("s3cr3tvalue",)


def test_a_misspelt_name_is_told_with_the_nearest_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("GRAPHAPI_DATABSE_URL=sqlite://\nGRAPHAPI_PORT=1\nFILMS_PORT=2\n")
    monkeypatch.setitem(Settings.model_config, "env_file", str(file))
    monkeypatch.setenv("GRAPHAPI_PUBLC_URL", "https://stills.example")
    monkeypatch.setenv("graphapi_host", "127.0.0.1")
    assert unknown_settings() == [
        f"{wrong} is no setting, and has no effect. Did you mean {right}?"
        for wrong, right in (
            ("GRAPHAPI_DATABSE_URL", "GRAPHAPI_DATABASE_URL"),
            ("GRAPHAPI_PUBLC_URL", "GRAPHAPI_PUBLIC_URL"),
        )
    ]


def test_a_name_that_is_like_no_other_is_told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHAPI_NOPE", "1")
    assert unknown_settings() == ["GRAPHAPI_NOPE is no setting, and has no effect."]


def test_every_setting_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"GRAPHAPI_{name.upper()}", "1")
    assert unknown_settings() == []


@pytest.mark.parametrize(
    ("host", "public_url", "told"),
    [
        ("0.0.0.0", None, True),
        ("::", None, True),
        ("0.0.0.0", "https://stills.example", False),
        ("127.0.0.1", None, False),
        ("10.0.0.5", None, False),
    ],
)
def test_letting_others_in_without_an_address_for_them_is_told(
    host: str, public_url: str | None, told: bool  # noqa: FBT001 - a parameter of the table
) -> None:  # fmt: skip
    sentence = load_settings(host=host, public_url=public_url).homeless
    assert (sentence is not None) == told
    assert not told or "Set GRAPHAPI_PUBLIC_URL" in (sentence or "")


def test_the_data_folder_is_for_its_user_alone(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "deep" / "data")
    settings.make_data_dir()
    assert settings.data_dir.stat().st_mode & 0o777 == 0o700
