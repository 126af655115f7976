"""Every setting, read once, from the environment or from `.env`.

Nothing else reads `os.environ`. Each field's description is the README's sentence about it.
"""

import json
import os
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)

from graphapi.domain.money import micros_of
from graphapi.errors import ConfigurationError

_DATABASES = ("postgresql", "postgres", "sqlite")
_REDIS = ("redis", "rediss", "unix")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognised here, never a default
_PREFIX = "GRAPHAPI_"
_NEAR = 0.7  # how alike two names are when one letter in four is wrong
# What people may look for, and why there is no such setting.
_NEEDLESS = {
    "GRAPHAPI_FAL_RUN_URL": "fal.ai is asked by its queue alone, from which an answer can be "
    "fetched again: to send that elsewhere, set GRAPHAPI_FAL_QUEUE_URL."
}
_FOR_TESTS = "GRAPHAPI_TEST_"  # names servers that the tests may use
# What pydantic finds wrong, by its own name for it, in our words.
_WRONG = {
    "int_parsing": "must be a whole number",
    "decimal_parsing": "must be a number, such as 12.50",
    "decimal_max_places": "may have at most {decimal_places} digits after the point",
    "finite_number": "must be a number, such as 12.50",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


# An upload is given some time to be put to use.
_LEAST_TIMES = {"job_deadline": timedelta(seconds=1), "media_retention": timedelta(hours=1)}


class Settings(BaseSettings):
    """What an operator can change."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        env_ignore_empty=True,  # an empty FAL_API_KEY leaves the word to FAL_KEY
        extra="ignore",
        populate_by_name=True,
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    data_dir: Path = Field(
        Path("data"),
        description="Folder of the embedded database, the media and the generated secret.",
    )
    database_url: str | None = Field(
        None,
        description="`postgresql://user:password@host/name`; unset: SQLite in the data folder.",
    )
    redis_url: SecretStr | None = Field(
        None, description="`redis://host:6379/0`; unset: jobs run inside the server."
    )
    storage_url: str | None = Field(
        None,
        description="`file:///path`, `s3://bucket/prefix`, `gs://...`, `az://...`; "
        "unset: `media` in the data folder.",
    )
    public_url: str | None = Field(
        None, description="Address under which the internet, and so fal.ai, reaches this server."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Signs media and upload addresses; unset: generated and kept in the data "
        "folder.",
    )
    trusted_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins such as `http://10.0.0.5:8080`, separated by commas, that an "
        "`imageUrl` may reach although they are not public.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Web origins, separated by commas, whose pages may call this server from a "
        "browser.",
    )

    fal_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("FAL_API_KEY", "FAL_KEY"),
        description="Key of fal.ai, which then makes the variations.",
    )
    fal_queue_url: str = Field("https://queue.fal.run", description="fal.ai's queue.")
    fal_rest_url: str = Field("https://rest.fal.ai", description="fal.ai's uploads.")
    fal_api_url: str = Field(
        "https://api.fal.ai/v1", description="fal.ai's platform API: its history and its prices."
    )
    fal_jwks_url: str = Field(
        "https://rest.fal.ai/.well-known/jwks.json",
        description="The public keys that fal.ai signs webhooks with.",
    )
    fal_user_id: str | None = Field(
        None, description="Your account's id at fal.ai; webhooks for any other are refused."
    )
    fal_headers: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict, description="JSON object of extra headers for fal.ai."
    )
    openrouter_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("OPENROUTER_API_KEY"),
        description="Key of OpenRouter, which then describes the images.",
    )
    openrouter_url: str = Field("https://openrouter.ai/api/v1", description="OpenRouter's API.")
    lumenfall_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("LUMENFALL_API_KEY"),
        description="Key of Lumenfall, whose model can then be chosen for variations.",
    )
    lumenfall_url: str = Field(
        "https://api.lumenfall.ai/openai/v1", description="Lumenfall's OpenAI-compatible API."
    )

    variation_model: str | None = Field(
        None,
        description="Model of variations; unset: `fal-ai/nano-banana-pro/edit` with a key, "
        "else `local/reframe`.",
    )
    analysis_models: Annotated[tuple[str, ...], NoDecode] = Field(
        (
            "google/gemini-3.8-flash",
            "google/gemini-3.1-flash-lite",
            "qwen/qwen3-vl-8b-instruct",
        ),
        description="Models of the analysis, separated by commas, in order of preference.",
    )
    job_deadline: timedelta = Field(
        timedelta(hours=1),
        description="How long a job may take before it ends as timed out, in seconds or as "
        "ISO 8601 (`PT1H`).",
    )
    media_retention: timedelta = Field(
        timedelta(days=1),
        description="How long the pictures and sounds of what was deleted, and uploads that nobody "
        "used, are kept, in seconds or as ISO 8601 (`P1D`); at least an hour.",
    )
    generation_concurrency: int | None = Field(
        None,
        ge=1,
        description="Most variations under way at once; unset: as many as the provider takes, "
        "of Lumenfall 4.",
    )
    daily_cap_usd: Decimal | None = Field(
        None,
        ge=0,
        le=1_000_000,
        decimal_places=6,
        description="Most that one user may ask for in a day (UTC), in US dollars; unset: no "
        "limit.",
    )
    prices_file: Path | None = Field(
        None,
        description="TOML file of price cards of your own, in the form of "
        "`graphapi/providers/prices.toml`, in place of those shipped.",
    )
    models_file: Path | None = Field(
        None,
        description="TOML file of models of your own, in the form of "
        "`graphapi/providers/models/*.toml`, which adds to those shipped or changes them.",
    )

    @property
    def is_development(self) -> bool:
        """Tell whether this is the embedded default, reachable from this machine alone."""
        return self.database_url is None and self.host in _LOOPBACK

    @property
    def base_url(self) -> str:
        """Tell the address under which a browser on this machine reaches the server."""
        host = "localhost" if self.host in _EVERY_ADDRESS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """List the addresses under which this server hands out media."""
        return (self.base_url, self.public_url) if self.public_url else (self.base_url,)

    @property
    def homeless(self) -> str | None:
        """Say what to set when others are let in, but given addresses of this machine alone."""
        if self.public_url is not None or self.host not in _EVERY_ADDRESS:
            return None
        return (
            f"GRAPHAPI_HOST lets other machines in, but media and upload addresses begin with "
            f"{self.base_url}, which works on this machine alone. Set GRAPHAPI_PUBLIC_URL to the "
            "address under which the others reach this server."
        )

    def make_data_dir(self) -> None:
        """Make the data folder, for this user alone, where it is missing.

        Raises ConfigurationError.
        """
        try:
            # The secret that signs addresses, the development token and the library lie inside.
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"{self.data_dir} cannot be made ({error.strerror}). Let this user write there, "
                "or choose another folder with GRAPHAPI_DATA_DIR."
            ) from error

    @property
    def daily_cap_micros(self) -> int | None:
        """Tell the cap of a user's day in millionths of a dollar; None: no limit."""
        return None if self.daily_cap_usd is None else micros_of(self.daily_cap_usd)

    @property
    def resolved_database_url(self) -> str:
        """Tell the database to use: the one set, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.database_path}"

    @property
    def database_path(self) -> Path:
        """Tell where the embedded database lies."""
        return (self.data_dir / "graphapi.db").absolute()

    @property
    def resolved_storage_url(self) -> str:
        """Tell where media are kept: as set, else in the data folder."""
        return self.storage_url or (self.data_dir / "media").absolute().as_uri()

    @field_validator("trusted_origins", "allowed_origins", "analysis_models", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            parts = (part.strip().rstrip("/") for part in value.split(","))
            return tuple(dict.fromkeys(filter(None, parts)))  # named twice is meant once
        return value

    @field_validator(
        "database_url",
        "redis_url",
        "storage_url",
        "public_url",
        "secret_key",
        "variation_model",
        "fal_key",
        "fal_user_id",
        "openrouter_api_key",
        "lumenfall_api_key",
        "generation_concurrency",
        "daily_cap_usd",
        "prices_file",
        "models_file",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        # `KEY=` in a .env file, as .env.example has them, means "not set".
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("job_deadline", "media_retention", mode="before")
    @classmethod
    def _from_seconds(cls, value: Any) -> Any:
        # pydantic takes a bare number as a number alone, and the environment knows only text.
        try:
            return float(value) if isinstance(value, str) else value
        except ValueError:
            return value

    @field_validator("job_deadline", "media_retention", mode="wrap")
    @classmethod
    def _some_time(
        cls, value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> timedelta:
        least = _LEAST_TIMES[info.field_name or ""]
        try:
            lasting: timedelta = validate(value)
        except ValidationError:
            raise ValueError("must be seconds, such as 3600, or ISO 8601, such as PT1H") from None
        if lasting < least:
            raise ValueError(f"must be at least {least.total_seconds():.0f} seconds")
        return lasting

    @field_validator("fal_headers", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        try:
            read = json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError:
            read = None
        if not isinstance(read, dict) or not all(isinstance(each, str) for each in read.values()):
            raise ValueError('must be a JSON object of texts, such as {"X-Team": "films"}')
        return read

    @field_validator(
        "fal_queue_url",
        "fal_rest_url",
        "fal_api_url",
        "fal_jwks_url",
        "openrouter_url",
        "lumenfall_url",
        "public_url",
    )
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("must be a full URL with its scheme, such as https://example.com")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value and urlsplit(value).scheme.partition("+")[0] not in _DATABASES:
            raise ValueError("must begin with postgresql:// or sqlite://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and urlsplit(value.get_secret_value()).scheme not in _REDIS:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    def secrets(self) -> tuple[str, ...]:
        """Return every value that must never be shown to anybody."""
        values = (value for _, value in self)
        return tuple(v.get_secret_value() for v in values if isinstance(v, SecretStr))


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; raises ConfigurationError that names every wrong one."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None


def unknown_settings() -> list[str]:
    """Say of each name that begins like a setting, and is none, which may have been meant."""
    given = {*os.environ, *DotEnvSettingsSource(Settings).env_vars}
    known = [_variable((name,)) for name in Settings.model_fields]
    strangers = {
        name
        for name in map(str.upper, given)
        if name.startswith(_PREFIX) and name not in known and not name.startswith(_FOR_TESTS)
    }
    return [_unknown(name, known) for name in sorted(strangers)]


def _unknown(name: str, known: list[str]) -> str:
    if name in _NEEDLESS:
        return f"{name} is no setting, and has no effect. {_NEEDLESS[name]}"
    # What all names have in common must not make them look alike.
    near = {each.removeprefix(_PREFIX): each for each in known}
    nearest = get_close_matches(name.removeprefix(_PREFIX), near, n=1, cutoff=_NEAR)
    meant = f" Did you mean {near[nearest[0]]}?" if nearest else ""
    return f"{name} is no setting, and has no effect.{meant}"


def _explain(error: ValidationError) -> str:
    lines = [
        f"{_variable(fault['loc'])}: {_wrong(fault['type'], fault['msg'], fault.get('ctx', {}))}"
        for fault in error.errors()
    ]
    return "These settings cannot work:\n  " + "\n  ".join(lines)


def _wrong(kind: str, message: str, bounds: dict[str, Any]) -> str:
    ours = _WRONG.get(kind)
    return ours.format(**bounds) if ours else message.removeprefix("Value error, ")


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return name if name.isupper() else f"GRAPHAPI_{name.upper()}"
