import pytest

from graphapi.domain.recordings import ACCEPTED_AUDIO, ALIASES, EXTENSIONS, AudioType, audio_type


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", AudioType.WAV),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", AudioType.MP3),
        (b"\xff\xfb\x90\x64\x00\x00\x00\x00", AudioType.MP3),
        (b"\xff\xf3\x40\xc0\x00\x00\x00\x00", AudioType.MP3),
        (b"\x00\x00\x00\x20ftypM4A \x00", AudioType.M4A),
        (b"OggS\x00\x02\x00\x00", AudioType.OGG),
        (b"fLaC\x00\x00\x00\x22", AudioType.FLAC),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86", AudioType.WEBM),
    ],
)
def test_sound_is_known_by_its_first_bytes(head: bytes, kind: AudioType) -> None:
    assert audio_type(head + bytes(20)) is kind


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"R",
        b"RIFF\x24\x00\x00\x00WEBPVP8 ",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xff\xff\xff\xff\xff",
        b"<html>",
    ],
)
def test_nothing_else_passes_for_sound(head: bytes) -> None:
    assert audio_type(head) is None


def test_every_type_has_an_extension_and_other_names_lead_to_one() -> None:
    assert EXTENSIONS.keys() == set(AudioType)
    assert set(ALIASES.values()) <= set(AudioType)
    assert "image/png" not in ACCEPTED_AUDIO
