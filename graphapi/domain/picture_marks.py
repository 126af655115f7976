"""What can be told of a picture by how its file begins, without decoding it."""

import struct

_PNG, _HEADER = b"\x89PNG\r\n\x1a\n", b"IHDR"
_HEADER_ENDS = 26
_COLOUR_TYPE = 25
_WITH_ALPHA = (4, 6)
# What any of the kinds begins with that models take: PNG, JPEG, GIF, WebP and AVIF.
_JPEG, _GIFS = b"\xff\xd8\xff", (b"GIF87a", b"GIF89a")
_AVIFS = (b"ftypavif", b"ftypavis")


def looks_like_picture(content: bytes) -> bool:
    """Tell whether this begins as a picture does."""
    if content.startswith(_PNG):
        return png_size(content) is not None
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    return is_webp or content.startswith((_JPEG, *_GIFS)) or content[4:12] in _AVIFS


def png_size(content: bytes) -> tuple[int, int] | None:
    """Read the width and height of a PNG; None for anything else."""
    if not content.startswith(_PNG) or content[12:16] != _HEADER or len(content) < _HEADER_ENDS:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if width and height else None


def png_has_alpha(content: bytes) -> bool:
    """Tell whether a PNG can be transparent: by a channel, or by a colour before its pixels."""
    named = content[_COLOUR_TYPE] in _WITH_ALPHA
    return named or b"tRNS" in content[_HEADER_ENDS:].partition(b"IDAT")[0]
