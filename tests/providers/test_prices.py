"""Price cards: dated data with a source, checked when it is read, and an operator's own."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from graphapi.domain.money import Exactness, PriceUnit, price
from graphapi.errors import ConfigurationError
from graphapi.providers.prices import load_prices
from graphapi.providers.registry import list_models
from graphapi.settings import load_settings


def _size(width: int, height: int) -> dict[str, int]:
    return {"width": width, "height": height}


# Rows of the list of prices: model, options, dollars for one request, how well they are known.
LISTED = [
    ("fal-ai/nano-banana", {}, "0.039", Exactness.EXACT),
    ("fal-ai/nano-banana/edit", {}, "0.039", Exactness.EXACT),
    ("fal-ai/nano-banana-pro", {"resolution": "2K"}, "0.15", Exactness.EXACT),
    ("fal-ai/nano-banana-pro/edit", {"resolution": "4K"}, "0.30", Exactness.EXACT),
    ("fal-ai/nano-banana-2", {"resolution": "0.5K"}, "0.06", Exactness.EXACT),
    ("fal-ai/nano-banana-2", {"resolution": "2K"}, "0.12", Exactness.EXACT),
    (
        "fal-ai/nano-banana-2/edit",
        {"resolution": "4K", "enable_web_search": True, "thinking_level": "high"},
        "0.177",
        Exactness.EXACT,
    ),
    ("google/nano-banana-2.1", {"resolution": "1K"}, "0.04", Exactness.ESTIMATE),
    ("google/nano-banana-2.1/edit", {"resolution": "4K"}, "0.134", Exactness.ESTIMATE),
    ("fal-ai/qwen-image", {}, "0.02", Exactness.ESTIMATE),
    ("fal-ai/qwen-image-edit", {}, "0.03", Exactness.ESTIMATE),
    ("gemini-3-pro-image", {"resolution": "1K"}, "0.15", Exactness.ESTIMATE),
    ("gemini-3-pro-image", {"resolution": "4K"}, "0.30", Exactness.ESTIMATE),
    ("fal-ai/qwen-image-edit-plus", {}, "0.03", Exactness.ESTIMATE),
    ("fal-ai/qwen-image-edit-2509", {}, "0.03", Exactness.ESTIMATE),
    ("fal-ai/flux/dev", {}, "0.025", Exactness.ESTIMATE),
    ("fal-ai/flux/dev", {"image_size": _size(512, 512)}, "0.025", Exactness.ESTIMATE),
    ("fal-ai/flux/dev", {"image_size": _size(1024, 1024)}, "0.025", Exactness.ESTIMATE),
    ("fal-ai/flux/dev", {"image_size": _size(2560, 1080)}, "0.075", Exactness.ESTIMATE),
    ("fal-ai/flux-lora", {}, "0.035", Exactness.ESTIMATE),
    ("fal-ai/flux-pro/kontext", {}, "0.04", Exactness.EXACT),
    ("fal-ai/flux-pro/kontext/max", {}, "0.08", Exactness.ESTIMATE),
    ("fal-ai/ideogram/character", {}, "0.15", Exactness.EXACT),
    ("fal-ai/ideogram/character", {"rendering_speed": "TURBO"}, "0.10", Exactness.EXACT),
    ("fal-ai/ideogram/character", {"rendering_speed": "QUALITY"}, "0.20", Exactness.EXACT),
    ("fal-ai/recraft/v3/text-to-image", {}, "0.04", Exactness.ESTIMATE),
    (
        "fal-ai/recraft/v3/text-to-image",
        {"style": "vector_illustration"},
        "0.08",
        Exactness.ESTIMATE,
    ),
    ("fal-ai/bytedance/dreamina/v3.1/text-to-image", {}, "0.03", Exactness.ESTIMATE),
    ("fal-ai/minimax/voice-design", {}, "3.015", Exactness.ESTIMATE),
    ("google/gemini-3.8-flash", {}, "0.007875", Exactness.ESTIMATE),
    ("local/reframe", {}, "0", Exactness.EXACT),
    ("local/pixels", {}, "0", Exactness.EXACT),
]
# Models that speak, and dollars for a thousand characters.
SPOKEN = [
    ("fal-ai/minimax/speech-02-turbo", "0.06"),
    ("fal-ai/minimax/speech-02-hd", "0.10"),
    ("fal-ai/dia-tts", "0.04"),
    ("fal-ai/dia-tts/voice-clone", "0.04"),
    ("resemble-ai/chatterboxhd/text-to-speech", "0.04"),
]
# Models whose price no document names.
UNPRICED = [
    "fal-ai/omnigen-v2",
    "fal-ai/wan/v2.2-a14b/text-to-image",
    "fal-ai/qwen-image-edit-2511",
    "fal-ai/minimax/voice-clone",
    "fal-ai/whisper",
    "fal-ai/wizper",
]


@pytest.mark.parametrize(("model", "options", "dollars", "exactness"), LISTED)
def test_the_shipped_cards_say_what_was_listed(
    model: str, options: dict[str, object], dollars: str, exactness: Exactness
) -> None:
    priced = price(load_prices()[model], options)
    assert (priced.micros, priced.exactness) == (int(Decimal(dollars) * 10**6), exactness)


@pytest.mark.parametrize(("model", "dollars"), SPOKEN)
def test_what_is_spoken_is_estimated_by_its_characters(model: str, dollars: str) -> None:
    card = load_prices()[model]
    spoken = price(card, {}, text="à" * 1500)
    assert spoken.micros == int(Decimal(dollars) * 1_500_000)
    assert spoken.exactness is Exactness.ESTIMATE
    assert card.unit is PriceUnit.THOUSAND_CHARACTERS


def test_a_bill_is_counted_by_the_card_only_where_its_unit_is_known() -> None:
    cards = load_prices()
    uncounted = {name for name, card in cards.items() if card.billed_unit_micros is None}
    assert uncounted.issuperset(name for name, _ in SPOKEN)
    assert uncounted.issuperset({"fal-ai/minimax/voice-design", "fal-ai/ideogram/character"})
    assert cards["fal-ai/flux-pro/kontext"].billed_unit_micros == 40_000


def test_every_shipped_card_has_a_source_and_a_date() -> None:
    cards = load_prices()
    assert len(cards) > 15
    for card in cards.values():
        assert card.source
        assert card.as_of
        assert date(2026, 1, 1) <= card.as_of <= date(2030, 1, 1)


def test_every_model_of_this_server_has_a_price_except_those_nobody_has_told() -> None:
    models = list_models(
        fal_key=True,
        lumenfall_key=False,
        openrouter_key=True,
        variation_model=None,
        analysis_models=(*load_settings().analysis_models, "some/strange-model"),
        prices=load_prices(),
    )
    unknown = [model.id for model in models if model.price_card.unit_price is None]
    assert unknown == [*UNPRICED, "some/strange-model"]
    assert all(m.price_card.unit_price == 0 for m in models if m.provider == "local")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "prices.toml"


def test_cards_of_ones_own_take_the_place_of_those_shipped(own: Path) -> None:
    own.write_text(
        """
        [[card]]
        models = ["fal-ai/nano-banana-pro/edit"]
        unit = "IMAGE"
        unit_price = "0.12"
        exactness = "EXACT"
        source = "our contract"
        as_of = 2026-12-01

        [[card]]
        models = ["some/strange-model"]
        per_million_tokens = { input = "1", output = "10" }
        source = "its page"
        as_of = 2026-12-01
        """
    )
    cards = load_prices(own)
    mine = cards["fal-ai/nano-banana-pro/edit"]
    assert (mine.unit_price, mine.source) == (Decimal("0.12"), "our contract")
    strange = cards["some/strange-model"]
    assert (strange.unit, strange.exactness) == (PriceUnit.CALL, Exactness.ESTIMATE)
    assert strange.unit_price == Decimal("0.018")
    assert cards["fal-ai/nano-banana"] == load_prices()["fal-ai/nano-banana"]


def test_a_card_of_ones_own_says_what_it_is_for_and_whether_bills_count_it(own: Path) -> None:
    row = 'models = ["{}"]\nunit = "{}"\nunit_price = "0.5"\nsource = "s"\nas_of = 2026-12-01\n{}'
    rows = [
        row.format("heard", "CALL", ""),
        row.format("said", "THOUSAND_CHARACTERS", "counted = true\nwhole_units = true"),
        row.format("drawn", "IMAGE", ""),
        row.format("traced", "IMAGE", "counted = false"),
    ]
    own.write_text("".join(f"[[card]]\n{each}\n" for each in rows))
    cards = load_prices(own)
    counted = {name for name in ("heard", "said", "drawn", "traced") if cards[name].counted}
    assert counted == {"said", "drawn"}
    assert price(cards["said"], {}, text="Good evening.").micros == 500_000
    assert price(cards["heard"], {}).micros == 500_000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[card", "Expected"),
        ('[[card]]\nmodels = ["a"]\nunit_price = "0.1"\nas_of = 2026-12-01', "card.0.source"),
        (
            '[[card]]\nmodels = ["a"]\nunit_price = "-1"\nsource = "s"\nas_of = 2026-12-01',
            "card.0.unit_price",
        ),
        ('[[card]]\nmodels = ["a"]\nsource = "s"\nas_of = 2026-12-01', "give either"),
        (
            '[[card]]\nmodels = ["a", "a"]\nunit_price = "1"\nsource = "s"\nas_of = 2026-12-01',
            "more than once",
        ),
        ('[[card]]\nmodles = ["a"]', "card.0.modles"),
        ("\x00", "statement"),
    ],
)
def test_a_price_list_that_makes_no_sense_is_refused_with_the_place(
    own: Path, text: str, says: str
) -> None:
    own.write_text(text)
    with pytest.raises(ConfigurationError, match="GRAPHAPI_PRICES_FILE") as caught:
        load_prices(own)
    assert says in str(caught.value)


def test_a_price_list_that_is_not_there_is_named(own: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"prices\.toml.*No such file"):
        load_prices(own)


def test_what_is_charged_by_the_token_is_not_settled_by_pictures() -> None:
    cards = load_prices()
    by_token, by_picture = cards["google/nano-banana-2.1"], cards["fal-ai/nano-banana-2"]
    assert (by_token.unit_micros, by_token.billed_unit_micros) == (40_000, None)
    assert (by_picture.unit_micros, by_picture.billed_unit_micros) == (80_000, 80_000)
