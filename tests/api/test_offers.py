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
