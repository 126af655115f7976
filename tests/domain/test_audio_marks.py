"""Sound is known by what it begins with, and nothing else passes for it."""

import pytest

from graphapi.domain.audio_marks import audio_type
from graphapi.domain.recordings import AudioType

LAYER_III = b"\xff\xfb\x90\x64" + bytes(413)  # 128 kbit/s at 44.1 kHz
LOWER = b"\xff\xf3\x40\xc0" + bytes(140)  # MPEG 2, 32 kbit/s at 16 kHz
ADTS = b"\xff\xf1\x50\x40\x02\x1f\xfc" + bytes(9)
ID3 = b"ID3\x04\x00\x00\x00\x00\x01\x02" + bytes(130)
RIFF = b"RIFF\x24\x00\x00\x00WAVE"
EBML = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82"


def box(brand: bytes, size: int = 20) -> bytes:
    """The first box of an ISO base media file."""
    return size.to_bytes(4) + b"ftyp" + brand + bytes(8)


def page(packet: bytes, begins: int = 2) -> bytes:
    """The first page of an Ogg stream."""
    return b"OggS\x00" + bytes([begins]) + bytes(20) + b"\x01" + bytes([len(packet)]) + packet


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (RIFF + b"fmt \x10\x00\x00\x00", AudioType.WAV),
        (RIFF + b"JUNK\x04\x00\x00\x00\0\0\0\0fmt ", AudioType.WAV),
        (b"RF64\xff\xff\xff\xffWAVEds64" + bytes(30) + b"fmt ", AudioType.WAV),
        (LAYER_III, AudioType.MP3),
        (LAYER_III * 2, AudioType.MP3),
        (LAYER_III + b"TAG" + bytes(125), AudioType.MP3),
        (LOWER + LOWER[:9], AudioType.MP3),
        (ID3 + LAYER_III, AudioType.MP3),
        (ID3 + bytes(70) + LAYER_III, AudioType.MP3),
        (ADTS * 2, AudioType.AAC),
        (ID3 + ADTS, AudioType.AAC),
        (box(b"M4A "), AudioType.M4A),
        (box(b"isom"), AudioType.M4A),
        (box(b"mp42"), AudioType.M4A),
        (page(b"OpusHead\x01"), AudioType.OGG),
        (page(b"\x01vorbis"), AudioType.OGG),
        (b"fLaC\x00\x00\x00\x22" + bytes(34), AudioType.FLAC),
        (b"fLaC\x80\x00\x00\x22" + bytes(34), AudioType.FLAC),
        (EBML + b"\x84webm", AudioType.WEBM),
    ],
)
def test_sound_is_known_by_what_it_begins_with(content: bytes, kind: AudioType) -> None:
    assert audio_type(content) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"R",
        b"<html>",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n",
        b"\xff" * 400,
        b"RIFF\x24\x00\x00\x00WEBPVP8 fmt ",
        RIFF,
        RIFF + bytes(100),
        box(b"avif"),
        box(b"heic"),
        box(b"M4A ", 4000),
        b"OggS",
        b"OggS\x00\x02" + bytes(200),
        page(b"\x80theora"),
        page(b"OpusHead\x01", begins=0),
        b"fLaC",
        b"fLaC" + bytes(60),
        EBML + b"\x88matroska",
        b"\x1a\x45\xdf\xa3" + bytes(60),
        b"ID3",
        ID3,
        ID3 + b"no frame",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + LAYER_III,
        LAYER_III[:-1],
        LAYER_III + b"and then words",
        ADTS[:-1],
        ADTS + b"and then words",
        b"\xff\xf1\x50\x40\x00\x1f\xfc" + bytes(9),
    ],
)
def test_nothing_else_passes_for_sound(content: bytes) -> None:
    assert audio_type(content) is None
