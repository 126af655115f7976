"""What kind of sound bytes are, by the marks that each kind of file begins with.

RIFF/WAVE, ISO base media, Ogg, FLAC, EBML, MPEG layer III and ADTS. Two marks are looked for, or
two frames in a row, since one alone begins many a file that is no sound.
"""

import re
from collections.abc import Callable

from graphapi.domain.recordings import AudioType

# The format of a WAVE comes first, but for what studios write before it.
_NEAR = 64 * 1024
# Files for sound, and those for films of which only the sound is listened to; pictures such as AVIF
# and HEIC are files of this kind, too.
_BRAND = re.compile(rb"M4[ABPV] |isom|iso[2-9]|mp4[12]|dash|MSNV|avc1|f4[abv] |3g[pr2].")
_OGG_CODECS = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC", b"fishead\x00")
# Kilobits a second of layer III, by the number that a frame gives: MPEG 1, and 2 with 2.5.
_BIT_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_SAMPLES_A_SECOND = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_1 = 3
_ADTS_HEADER, _ADTS_RATES = 7, 13
# What may follow the last frame.
_TAGS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3")


def audio_type(content: bytes) -> AudioType | None:
    """Tell what kind of sound this is; None for anything else."""
    return next((kind for kind, has_marks in _MARKS.items() if has_marks(content)), None)


def _is_wav(content: bytes) -> bool:
    named = content[:4] in {b"RIFF", b"RF64"} and content[8:12] == b"WAVE"
    return named and b"fmt " in content[12:_NEAR]


def _is_m4a(content: bytes) -> bool:
    box = int.from_bytes(content[:4])
    return content[4:8] == b"ftyp" and box <= len(content) and bool(_BRAND.match(content[8:12]))


def _is_ogg(content: bytes) -> bool:
    begins = content[:5] == b"OggS\x00" and len(content) > 26 and bool(content[5] & 2)  # noqa: PLR2004 - the page's header
    return begins and content[27 + content[26] :].startswith(_OGG_CODECS)


def _is_flac(content: bytes) -> bool:
    # The first block is STREAMINFO, of 34 bytes.
    return content[:4] == b"fLaC" and content[5:8] == b"\x00\x00\x22" and content[4] & 0x7F == 0


def _is_webm(content: bytes) -> bool:
    head = content[:64]
    return head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head.partition(b"\x42\x82")[2]


def _is_mp3(content: bytes) -> bool:
    return _has_frames(content, _sound_begins(content), _mpeg_frame)


def _is_aac(content: bytes) -> bool:
    return _has_frames(content, _sound_begins(content), _adts_frame)


def _sound_begins(content: bytes) -> int:
    """Tell where the sound begins, after a tag of ID3 and what fills it up."""
    if content[:3] != b"ID3" or len(content) < 10:  # noqa: PLR2004 - the tag's header
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    begins = 10 + size
    padding = re.compile(rb"\x00*").match(content, begins)
    return padding.end() if padding else begins


def _has_frames(content: bytes, begins: int, length_of: Callable[[bytes], int]) -> bool:
    """Tell whether a whole frame is here, and behind it another, a tag, or nothing."""
    length = length_of(content[begins : begins + 8])
    after = begins + length
    if not length or after > len(content):
        return False
    rest = content[after : after + 11]
    return not rest.strip(b"\x00") or rest.startswith(_TAGS) or length_of(rest[:8]) > 0


def _mpeg_frame(head: bytes) -> int:
    """Tell the length of the layer III frame that begins so; 0 where none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # noqa: PLR2004 - sync and layer
        return 0
    version, rate, sampling = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or rate in {0, 15} or sampling == 3:  # noqa: PLR2004 - reserved
        return 0
    first = version == _MPEG_1
    bits = 1000 * _BIT_RATES[0 if first else 1][rate]
    padding = head[2] >> 1 & 1
    return (144 if first else 72) * bits // _SAMPLES_A_SECOND[version][sampling] + padding


def _adts_frame(head: bytes) -> int:
    """Tell the length of the ADTS frame that begins so; 0 where none does."""
    if len(head) < _ADTS_HEADER or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:  # noqa: PLR2004 - sync and layer
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if head[2] >> 2 & 15 < _ADTS_RATES and length > _ADTS_HEADER else 0


_MARKS = {
    AudioType.WAV: _is_wav,
    AudioType.M4A: _is_m4a,
    AudioType.OGG: _is_ogg,
    AudioType.FLAC: _is_flac,
    AudioType.WEBM: _is_webm,
    AudioType.MP3: _is_mp3,
    AudioType.AAC: _is_aac,
}
