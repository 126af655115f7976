"""What the server offers, and who asks."""

from tests.api.house import FAL, LOCAL, House, Person

MODELS = "{ models { id provider kind description aspectRatios usable unusableReason isDefault } }"


async def test_the_models_say_what_they_do_and_whether_they_can_be_asked(stranger: Person) -> None:
    models = {model["id"]: model for model in await stranger.read(MODELS)}
    local = models[LOCAL]
    assert (local["provider"], local["kind"], local["usable"]) == ("local", "EDIT", True)
    assert local["isDefault"]
    assert local["unusableReason"] is None
    assert "RATIO_16_9" in local["aspectRatios"]
    assert not models[FAL]["usable"]
    assert "FAL" in models[FAL]["unusableReason"]
    assert any(model["kind"] == "ANALYSIS" and model["usable"] for model in models.values())


async def test_a_key_makes_a_model_usable(studio: House) -> None:
    models = {model["id"]: model for model in await Person(studio.http).read(MODELS)}
    assert models[FAL]["usable"]
    assert not models[FAL]["isDefault"]


async def test_models_can_be_asked_for_by_what_they_do(stranger: Person) -> None:
    models = await stranger.read("{ models(kind: TEXT_TO_IMAGE) { id kind ratios } }")
    assert {"fal-ai/nano-banana-pro", "fal-ai/qwen-image"} <= {model["id"] for model in models}
    assert {model["kind"] for model in models} == {"TEXT_TO_IMAGE"}


MODEL = """query ($id: ID!) { model(id: $id) {
  id endpoint ratios takesAnyRatio ratioSentAs resolutions mostInputImages mostImages recoverable
  sourceLimits { mostBytes longestSide mostPixels inlineBytes basis }
  lifecycle { since retiresOn note } priceCard { amount exactness }
  parameters {
    name sentAs type minimum maximum values default required alwaysSent disputed
    sizes { name width height } fields { name type required }
  }
} }"""


async def test_a_model_tells_all_that_is_known_of_it(stranger: Person) -> None:
    model = await stranger.read(MODEL, id=FAL)
    assert model["endpoint"] == FAL
    assert {"auto", "21:9", "2:3"} <= set(model["ratios"])
    assert model["ratioSentAs"] == "aspect_ratio"
    assert model["resolutions"] == ["1K", "2K", "4K"]
    assert (model["mostInputImages"], model["mostImages"], model["recoverable"]) == (14, 4, True)
    assert model["priceCard"] == {"amount": "0.15", "exactness": "EXACT"}
    limits = model["sourceLimits"]
    assert (limits["mostBytes"], limits["inlineBytes"]) == (5_250_000, 8192)
    assert (limits["longestSide"], limits["mostPixels"]) == (None, None)
    assert "7 MB" in limits["basis"]
    told = {parameter["name"]: parameter for parameter in model["parameters"]}
    assert told["outputFormat"] == {
        "name": "outputFormat",
        "sentAs": "output_format",
        "type": "ENUM",
        "minimum": None,
        "maximum": None,
        "values": ["jpeg", "png", "webp"],
        "default": "png",
        "required": False,
        "alwaysSent": True,
        "disputed": None,
        "sizes": [],
        "fields": [],
    }
    assert told["safetyTolerance"]["disputed"]


async def test_a_model_tells_sizes_parts_and_dates(stranger: Person) -> None:
    model = await stranger.read(MODEL, id="fal-ai/qwen-image")
    told = {parameter["name"]: parameter for parameter in model["parameters"]}
    assert {"name": "square_hd", "width": 1024, "height": 1024} in told["imageSize"]["sizes"]
    assert model["sourceLimits"] is None
    assert told["loras"]["fields"][0] == {"name": "path", "type": "STRING", "required": True}
    assert (told["numInferenceSteps"]["minimum"], told["numInferenceSteps"]["maximum"]) == (2, 250)
    old = await stranger.read(MODEL, id="fal-ai/nano-banana")
    assert old["lifecycle"]["retiresOn"] == "2026-10-02"
    assert old["lifecycle"]["note"]


async def test_a_gateways_model_tells_the_sizes_it_makes_of_any_that_is_asked(
    stranger: Person,
) -> None:
    model = await stranger.read(MODEL, id="gemini-3-pro-image")
    told = {parameter["name"]: parameter for parameter in model["parameters"]}
    assert model["resolutions"] == ["1K", "2K", "4K"]
    assert model["takesAnyRatio"]
    assert told["resolution"]["values"] == ["1K", "2K", "4K", "auto"]
    sizes = told["size"]["sizes"]
    assert {"name": "1365x768", "width": 1365, "height": 768} in sizes
    assert len(sizes) == 3 * len(model["ratios"])
    assert told["quality"]["values"] == []
    pro = await stranger.read(MODEL, id=FAL)
    assert (pro["takesAnyRatio"], pro["resolutions"]) == (False, ["1K", "2K", "4K"])


async def test_a_model_that_nobody_knows_is_null(stranger: Person) -> None:
    assert await stranger.read(MODEL, id="fal-ai/no-such-model") is None


async def test_groups_are_the_documented_ones(stranger: Person) -> None:
    assert await stranger.read("{ groups }") == [
        "Commercial",
        "Editorial",
        "Film",
        "Moodboard",
        "Music Video",
        "TV Series",
        "Video Game Cinematic",
        "Web Series",
    ]


async def test_categories_are_those_offered_and_then_ones_own(
    ada: Person, stranger: Person
) -> None:
    offered = await stranger.read("{ categories }")
    assert {"Film", "Landscape", "Texture"} <= set(offered)
    await ada.add(category="Blueprints")
    assert await ada.read("{ categories }") == [*offered, "Blueprints"]
    assert await stranger.read("{ categories }") == offered


async def test_the_viewer_is_whoever_the_token_signs_in(ada: Person, stranger: Person) -> None:
    viewer = await ada.read("{ viewer { id name } }")
    assert viewer["name"] == "ada"
    assert viewer["id"].startswith("usr_")
    assert await stranger.read("{ viewer { id } }") is None
