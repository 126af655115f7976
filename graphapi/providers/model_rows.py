"""What is known of each model, read from `models/*.toml` and from a file of the operator's own.

A row may `include` named sets, whose values it then has, and may change one by one; a set may
include others. Sets and rows of every file are known to all of them.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from graphapi.domain.arguments import snake
from graphapi.domain.models import LOOKING, Lifecycle, Model, ModelKind
from graphapi.domain.parameters import AddressIn, MaskSize, Parameter, ParameterType, Unfit
from graphapi.domain.sources import NO_LIMITS, SourceLimits
from graphapi.errors import ConfigurationError
from graphapi.providers.model_checks import fault_of

Raw = dict[str, Any]
Name = Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9]*$")]
Shape = Annotated[str, Field(pattern=r"^[1-9]\d{0,3}:[1-9]\d{0,3}$")]
Side = Annotated[int, Field(ge=1)]
# More would bloat what a provider keeps of each request, and the page of its history in which a
# lost one is looked for.
MOST_INLINE = 64 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ParameterRow(_Strict):
    type: ParameterType
    description: str = Field(min_length=1)
    wire: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    sizes: dict[str, tuple[int, int]] = Field(default_factory=dict)
    fields: dict[Name, "_ParameterRow"] = Field(default_factory=dict)
    default: Any = None
    required: bool = False
    always: bool = False
    disputed: str | None = None
    address: AddressIn | None = None
    mask: MaskSize | Literal[False] = False
    warning: str | None = None

    def named(self, name: str) -> Parameter:
        """Make the parameter of this row."""
        return Parameter(
            name=name,
            wire=self.wire or snake(name),
            type=self.type,
            description=self.description,
            minimum=self.minimum,
            maximum=self.maximum,
            values=self.values or tuple(self.sizes),
            sizes=self.sizes,
            fields=tuple(row.named(inner) for inner, row in self.fields.items()),
            default=self.default,
            required=self.required,
            always=self.always,
            disputed=self.disputed,
            address=self.address,
            mask=self.mask or None,
            warning=self.warning,
        )

    @model_validator(mode="after")
    def _makes_sense(self) -> "_ParameterRow":
        if (self.type is ParameterType.ENUM) is not bool(self.values):
            raise ValueError("an ENUM has values, and nothing else has")
        if self.mask and self.address in {None, AddressIn.PERHAPS}:
            raise ValueError("only an address can be a mask")
        if self.address and self.type is not ParameterType.STRING:
            raise ValueError("only a STRING can be an address")
        if self.warning and self.type is not ParameterType.BOOLEAN:
            raise ValueError("only a BOOLEAN can have a warning")
        if self.always and self.default is None:
            raise ValueError("what is always sent needs a default")
        if self.default is not None:
            try:
                self.named("default").conform(self.default)
            except Unfit as unfit:
                raise ValueError(f"its default {unfit}") from None
        return self


class _SourceRow(_Strict):
    basis: str = Field(min_length=1)
    # Room enough for a picture that can still be recognised.
    most_bytes: int | None = Field(None, ge=10_000, lt=1 << 31)
    longest_side: int | None = Field(None, ge=64, lt=1 << 31)
    most_pixels: int | None = Field(None, ge=4096, lt=1 << 31)
    inline_bytes: int = Field(0, ge=0, le=MOST_INLINE)


class _ModelRow(_Strict):
    id: str = Field(min_length=1)
    provider: Literal["fal", "lumenfall", "openrouter", "local"]
    kind: ModelKind
    description: str = Field(min_length=1)
    endpoint: str | None = None
    ratios: tuple[str, ...] = ()
    ratio_field: str = "aspect_ratio"
    ratio_values: dict[str, Any] = Field(default_factory=dict)
    usual_ratio: str | None = None
    second_ratio_field: str | None = None
    second_ratios: tuple[str, ...] = ()
    image_field: str = "image_urls"
    takes_list: bool = True
    most_inputs: int | None = Field(None, ge=0)
    least_inputs: int = Field(1, ge=0)
    worded: bool = True
    count_field: str | None = None
    most_images: int = Field(1, ge=1)
    sizes: dict[Shape, dict[str, tuple[Side, Side]]] = Field(default_factory=dict)
    emulated: tuple[str, ...] = ()
    recoverable: bool = False
    subject_field: str | None = None
    source: _SourceRow | None = None
    parameters: dict[Name, _ParameterRow] = Field(default_factory=dict)
    since: date | None = None
    retires_on: date | None = None
    note: str | None = None

    @field_validator("parameters", mode="before")
    @classmethod
    def _leave_out(cls, value: Any) -> Any:
        """Drop the parameters that a row has taken off its sets, by `false`."""
        if not isinstance(value, dict):
            return value
        return {name: row for name, row in value.items() if row is not False}

    @model_validator(mode="after")
    def _is_consistent(self) -> "_ModelRow":
        strangers = {self.usual_ratio, *self.second_ratios} - {None, *self.ratios}
        if strangers:
            raise ValueError(f"ratios lacks {', '.join(sorted(map(str, strangers)))}")
        wires = [row.wire or snake(name) for name, row in self.parameters.items()]
        twice = sorted({wire for wire in wires if wires.count(wire) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: sent by more than one parameter")
        if self.most_images > 1 and self.count_field is None:
            raise ValueError("several images a request need a count_field")
        if not all(self.sizes.values()):
            raise ValueError("sizes: each shape needs at least one tier")
        of_sound = self.kind in {ModelKind.TRANSCRIPTION, ModelKind.SPEECH}
        if of_sound is not (self.subject_field is not None):
            raise ValueError(
                "a TRANSCRIPTION or a SPEECH has a subject_field, and nothing else has"
            )
        return self

    def model(self) -> Model:
        """Make the model of this row; its price and whether it can be used are not in it."""
        return Model(
            id=self.id,
            provider=self.provider,
            kind=self.kind,
            description=self.description,
            aspect_ratios=self.ratios or tuple(self.sizes),
            named_endpoint=self.endpoint,
            ratio_field=self.ratio_field,
            ratio_values=self.ratio_values,
            usual_ratio=self.usual_ratio,
            second_ratio_field=self.second_ratio_field,
            second_ratios=self.second_ratios,
            image_field=self.image_field if self.kind in LOOKING else None,
            takes_list=self.takes_list,
            most_inputs=self.most_inputs if self.kind in LOOKING else 0,
            least_inputs=self.least_inputs if self.kind in LOOKING else 0,
            worded=self.worded,
            count_field=self.count_field,
            most_images=self.most_images,
            sizes=self.sizes,
            emulated=self.emulated,
            parameters=tuple(row.named(name) for name, row in self.parameters.items()),
            lifecycle=Lifecycle(self.since, self.retires_on, self.note),
            recoverable=self.recoverable,
            subject_field=self.subject_field,
            source_limits=self._source_limits(),
        )

    def _source_limits(self) -> SourceLimits:
        if self.source is None or self.kind not in LOOKING:
            return NO_LIMITS
        return SourceLimits(**self.source.model_dump())


class _File(_Strict):
    set: dict[str, Raw] = Field(default_factory=dict)
    model: tuple[Raw, ...] = ()


def load_models(own_file: Path | None = None) -> tuple[Model, ...]:
    """Load every model that is known: those shipped, then those of one's own.

    A row of one's own whose id is shipped changes that row; another one is a new model. Raises
    ConfigurationError with what is wrong in the file.
    """
    shipped = [_File.model_validate(tomllib.loads(text)) for text in _shipped_texts()]
    if own_file is None:
        return _models(shipped)
    try:
        own = _File.model_validate(tomllib.loads(own_file.read_text("utf-8")))
        return _models([*shipped, own])
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except ValidationError as error:
        reason = "; ".join(_fault(fault) for fault in error.errors())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError) as error:
        reason = str(error)
    raise ConfigurationError(
        f"GRAPHAPI_MODELS_FILE names {own_file}, which is no list of models: {reason}"
    )


def _shipped_texts() -> list[str]:
    folder = resources.files(__package__) / "models"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [file.read_text("utf-8") for file in files if file.name.endswith(".toml")]


def _models(files: list[_File]) -> tuple[Model, ...]:
    sets: dict[str, Raw] = {}
    rows: dict[str, Raw] = {}
    for file in files:
        sets |= file.set
    for file in files:
        seen: set[str] = set()
        for raw in file.model:
            name = str(raw.get("id", ""))
            if name in seen:
                raise ValueError(f"{name} is listed more than once")
            seen.add(name)
            rows[name] = _merged(rows.get(name, {}), _whole(raw, sets))
    return tuple(_read(name, raw) for name, raw in rows.items())


def _read(name: str, raw: Raw) -> Model:
    try:
        model = _ModelRow.model_validate(raw).model()
    except ValidationError as error:
        faults = "; ".join(_fault(fault) for fault in error.errors())
        raise ValueError(f"{name or 'a model without an id'}: {faults}") from None
    if fault := fault_of(model):
        raise ValueError(f"{name}: {fault}")
    return model


def _whole(raw: Raw, sets: Mapping[str, Raw], inside: tuple[str, ...] = ()) -> Raw:
    """Put the sets that a row includes beneath it, and theirs beneath them."""
    whole: Raw = {}
    for name in raw.get("include", ()):
        if name not in sets:
            raise ValueError(f"{raw.get('id', inside)} includes {name}, which is no set")
        if name in inside:
            raise ValueError(f"the set {name} includes itself")
        whole = _merged(whole, _whole(sets[name], sets, (*inside, name)))
    return _merged(whole, {key: value for key, value in raw.items() if key != "include"})


def _merged(under: Raw, over: Raw) -> Raw:
    """Lay one row over another: parameters one by one and each by its parts, all else whole."""
    merged = under | over
    if "parameters" in under and isinstance(over.get("parameters"), dict):
        known = dict(under["parameters"])
        for name, change in over["parameters"].items():
            both = isinstance(change, dict) and isinstance(known.get(name), dict)
            known[name] = known[name] | change if both else change
        merged["parameters"] = known
    return merged


def _fault(fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
