from graphapi.domain.recordings import (
    ACCEPTED_AUDIO,
    ACCEPTED_IN_WORDS,
    ALIASES,
    EXTENSIONS,
    AudioType,
)


def test_every_type_has_an_extension_and_other_names_lead_to_one() -> None:
    assert EXTENSIONS.keys() == set(AudioType)
    assert set(ALIASES.values()) <= set(AudioType)
    assert "image/png" not in ACCEPTED_AUDIO


def test_every_type_is_named_to_a_person() -> None:
    assert all(each.name in ACCEPTED_IN_WORDS.upper() for each in AudioType)
