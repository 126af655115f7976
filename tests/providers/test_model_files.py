"""A file of one's own that makes no sense is refused, with the row and the place in it."""

from pathlib import Path

import pytest

from graphapi.errors import ConfigurationError
from graphapi.providers.model_rows import load_models


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "models.toml"


ROW = '[[model]]\nid = "a/b"\nprovider = "fal"\nkind = "EDIT"\ndescription = "New."\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[model", "Expected"),
        ('[[modle]]\nid = "a"', "modle"),
        ('[[model]]\nid = "a/b"', "a/b: provider"),
        ("[[model]]\n", "a model without an id"),
        (ROW + ROW, "a/b is listed more than once"),
        (ROW + "colour = 1", "a/b: colour"),
        (ROW.replace('"fal"', '"acme"'), "a/b: provider"),
        (ROW + 'include = ["nothing"]', "a/b includes nothing, which is no set"),
        ('[set.x]\ninclude = ["x"]\n' + ROW + 'include = ["x"]', "the set x includes itself"),
        (ROW + 'usual_ratio = "1:1"', "ratios lacks 1:1"),
        (ROW + "most_images = 2", "need a count_field"),
        (ROW + "source = { most_bytes = 20000 }", "source.basis"),
        (ROW + 'source = { most_bytes = 9, basis = "Me." }', "source.most_bytes"),
        (ROW + 'source = { inline_bytes = 999999, basis = "Me." }', "source.inline_bytes"),
        (
            ROW + 'parameters.a = { type = "INTEGER", address = "ALWAYS", description = "A." }',
            "only a STRING can be an address",
        ),
        (ROW + 'subject_field = "text"', "nothing else has"),
        (ROW.replace('"EDIT"', '"SPEECH"'), "has a subject_field"),
        (ROW + 'sizes = { "16:9" = {} }', "each shape needs at least one tier"),
        (ROW + "sizes = { wide = { 1K = [9, 9] } }", "sizes.wide"),
        (ROW + 'parameters.a = { type = "ENUM", description = "A." }', "an ENUM has values"),
        (
            ROW
            + 'parameters.a = { type = "INTEGER", maximum = 5, default = 6, description = "A" }',
            "parameters.a: its default is 6. Give at most 5.",
        ),
        (
            ROW + 'parameters.a = { type = "BOOLEAN", always = true, description = "A." }',
            "needs a default",
        ),
        (ROW + 'parameters.a_b = { type = "BOOLEAN", description = "A." }', "parameters.a_b"),
        (
            ROW + 'parameters.aB = { type = "BOOLEAN", description = "A." }\n'
            'parameters.b = { wire = "a_b", type = "BOOLEAN", description = "A." }',
            "a_b: sent by more than one parameter",
        ),
        *(
            (f'{ROW}ratios = ["16:9", "{shape}"]', f"a/b: ratios: '{shape}' is no shape")
            for shape in ("wide", "16:", "0:9", "16x9", "16:9 ")
        ),
        *(
            (f'{ROW}endpoint = "{endpoint}"', f"a/b: endpoint: '{endpoint}' is not a model id")
            for endpoint in (
                "",
                " ",
                "../../storage/auth/token?x=",
                "fal-ai",
                "fal-ai/../x",
                "a//b",
            )
        ),
        (ROW.replace("a/b", "one"), "one: endpoint: 'one' is not a model id of fal.ai"),
        (
            ROW.replace('"fal"', '"lumenfall"') + 'endpoint = ""',
            "a/b: endpoint: '' is not what the provider calls a model",
        ),
        *(
            (
                f'{ROW}parameters.{name} = {{ type = "STRING", description = "A."{wire} }}',
                f"a/b: parameters.{name}: `{owned}` is decided by an argument of its own",
            )
            for name, wire, owned in (
                ("numImages", "", "numImages"),
                ("prompt", "", "prompt"),
                ("words", ', wire = "Prompt"', "Prompt"),
                ("another", ', wire = "model"', "model"),
                ("pictures", ', wire = "image_urls"', "image_urls"),
                ("aspectRatio", ', wire = "shape"', "aspectRatio"),
            )
        ),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_the_place(
    own: Path, text: str, says: str
) -> None:
    own.write_text(text)
    with pytest.raises(ConfigurationError, match="GRAPHAPI_MODELS_FILE") as caught:
        load_models(own)
    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_named(own: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"models\.toml.*No such file"):
        load_models(own)
