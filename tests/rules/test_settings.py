"""Every setting is documented: in README.md for people, in .env.example to start from."""

import json
import re
from datetime import timedelta

import pytest
from pydantic import AliasChoices, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from graphapi.settings import Settings, load_settings
from tests.rules.sources import ROOT


def _variables(name: str, field: FieldInfo) -> list[str]:
    if isinstance(field.validation_alias, AliasChoices):
        return [str(choice) for choice in field.validation_alias.choices]
    return [f"GRAPHAPI_{name.upper()}"]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    assert value is not PydanticUndefined, "every setting has a default: one command must do"
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, timedelta):
        return str(TypeAdapter(timedelta).dump_python(value, mode="json"))
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _row(name: str, field: FieldInfo) -> str:
    variables = ", else ".join(f"`{variable}`" for variable in _variables(name, field))
    default = f"`{_default(field)}`" if _default(field) else ""
    return f"| {variables} | {default} | {field.description} |"


EVERY = [pytest.param(name, field, id=name) for name, field in Settings.model_fields.items()]


@pytest.mark.parametrize(("name", "field"), EVERY)
def test_the_readme_has_a_row_for_every_setting(name: str, field: FieldInfo) -> None:
    assert _row(name, field) in (ROOT / "README.md").read_text().splitlines()


def test_the_readme_has_no_other_settings() -> None:
    known = {v for name, field in Settings.model_fields.items() for v in _variables(name, field)}
    mentioned = set(re.findall(r"\bGRAPHAPI_(?!TEST_)[A-Z_]+\b", (ROOT / "README.md").read_text()))
    assert mentioned <= known


def test_the_example_has_every_setting_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    wanted = [_variables(name, field)[0] for name, field in Settings.model_fields.items()]
    assert sorted(given) == sorted(wanted)


def test_the_example_as_it_stands_changes_nothing() -> None:
    assert load_settings(_env_file=ROOT / ".env.example") == load_settings()
