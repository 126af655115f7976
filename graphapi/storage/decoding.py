"""Turn a stranger's bytes into honest pixels: checked, upright, in sRGB, nothing else attached.

Sizes are judged from the header, before any pixel is decoded. Only the first frame of an
animation is ever decoded, so the number of its frames costs nothing.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from graphapi.ports.pictures import MAX_PICTURE_BYTES, PictureFault, PictureRefused

MAX_PIXELS = 50_000_000
# The longest side that every encoder of ours can write; WebP's own limit is 16383.
MAX_SIDE = 16_383

# A progressive JPEG is drawn over once for each scan. Cameras write some ten; thousands, each a few
# bytes long, would keep a processor busy for hours.
_MOST_SCANS = 64
_SCAN = b"\xff\xda"

# A JPEG of several pictures, as some phones write them, is opened as MPO.
_JPEGS = ("JPEG", "MPO")
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_MIB = 1024 * 1024
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Upright sRGB pixels in mode RGB, or RGBA when some are transparent.

    `lossless`: the source kept every pixel as drawn, so what is stored must too.
    """

    image: Image.Image
    lossless: bool


def decode(content: bytes, *, own: bool = False) -> Decoded:
    """Decode one picture within limits; raises PictureRefused with its reason in words.

    `own`: we encoded it ourselves, so that it may have more bytes than what is taken in: a PNG that
    somebody squeezed hard grows when it is written down fast.
    """
    if not own and len(content) > MAX_PICTURE_BYTES:
        raise PictureRefused(
            PictureFault.TOO_LARGE,
            f"The file is larger than {MAX_PICTURE_BYTES // _MIB} MiB. "
            "Save the picture smaller and send it again.",
        )
    image = loaded(content)
    return Decoded(_clean(_in_srgb(_upright(image))), _is_lossless(image.format, content))


def loaded(content: bytes) -> Image.Image:
    """Decode one picture within limits, its pixels as they lie; raises PictureRefused."""
    image = _opened(content)
    _check_effort(image, content)
    _load(image)
    return image


def _opened(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise _damaged() if _begins_like_a_picture(content) else _not_an_image() from None
    except Exception as error:
        # Hostile headers make decoders raise nearly anything; all of it means the same.
        raise _damaged() from error


def _check_effort(image: Image.Image, content: bytes) -> None:
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise _too_many_pixels()
    if image.format in _JPEGS and content.count(_SCAN) > _MOST_SCANS:
        raise _damaged()


def _load(image: Image.Image) -> None:
    try:
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception as error:
        # As above: the decoder met bytes that it cannot follow.
        raise _damaged() from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - broken EXIF raises nearly anything, and is no reason to refuse
        return image


def _in_srgb(image: Image.Image) -> Image.Image:
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if image.mode == "I;16":
        # Sixteen bits of grey: the upper eight are what a screen shows.
        image = image.point(lambda level: level / 256).convert("L")
    # Grey and CMYK pixels stay what their profile speaks of until it has been applied.
    if mode == "RGBA" or image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert(mode)
    return (profile and _converted(image, profile, mode)) or image.convert(mode)


def _converted(image: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    # None when the profile is sRGB already, broken, or made for another kind of picture.
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(source).startswith("sRGB"):
            return None
        return ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _clean(image: Image.Image) -> Image.Image:
    # Encoders copy comments and profiles out of `info`.
    image.info = {}
    opaque = image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255)
    return image.convert("RGB") if opaque else image


def _is_lossless(file_format: str | None, content: bytes) -> bool:
    return file_format in ("PNG", "GIF") or (file_format == "WEBP" and b"VP8L" in content[:64])


def _begins_like_a_picture(content: bytes) -> bool:
    return (
        content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a"))
        or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
        or content[4:12] in (b"ftypavif", b"ftypavis")
    )


def _too_many_pixels() -> PictureRefused:
    return PictureRefused(
        PictureFault.TOO_LARGE,
        f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels, or a side longer "
        f"than {MAX_SIDE}. Scale it down and send it again.",
    )


def _damaged() -> PictureRefused:
    return PictureRefused(
        PictureFault.TRUNCATED,
        "The picture is cut short or damaged. Check that it opens, and send it again, whole.",
    )


def _not_an_image() -> PictureRefused:
    return PictureRefused(
        PictureFault.NOT_AN_IMAGE,
        "This is not a picture that can be read. Send a JPEG, PNG, WebP, GIF or AVIF.",
    )
