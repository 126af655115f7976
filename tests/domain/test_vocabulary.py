"""The names offered for filing."""

from graphapi.domain.vocabulary import CATEGORIES, GROUPS


def test_the_documented_groups_are_offered() -> None:
    assert GROUPS == (
        "Commercial",
        "Editorial",
        "Film",
        "Moodboard",
        "Music Video",
        "TV Series",
        "Video Game Cinematic",
        "Web Series",
    )


def test_about_two_dozen_categories_are_offered_in_order() -> None:
    assert 20 <= len(CATEGORIES) <= 28
    assert list(CATEGORIES) == sorted(set(CATEGORIES))
    named = {"Film", "Commercial", "Fashion", "Landscape", "Interior", "Architecture"}
    assert named | {"Character Design", "Texture"} <= set(CATEGORIES)
