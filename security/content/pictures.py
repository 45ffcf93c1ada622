"""Pictures: decoded within limits and written anew, so that only their points go on. Runs apart (`child`)."""

import io
import warnings
from typing import Final

from PIL import Image, ImageFile, ImageOps

from security.content.verdict import Refused

#: Points of a picture, and of its longer side. A page of A4 at 600 dpi has 35 million.
MOST_POINTS: Final = 50_000_000
LONGEST_SIDE: Final = 12_000
#: Steps of JPEG: print on documents stays sharp, twice as small as at 95.
QUALITY: Final = 90
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}

Image.MAX_IMAGE_PIXELS = MOST_POINTS
ImageFile.LOAD_TRUNCATED_IMAGES = False


def decode(data: bytes, media_type: str) -> Image.Image:
    """The points of a picture, upright, in grey or in colours. Raises Refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]])
            _check(image)
            image.load()
            upright = ImageOps.exif_transpose(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("content.dimensions") from None
    except Refused:
        raise
    except MemoryError:
        raise Refused("content.bomb") from None
    except Exception:  # noqa: BLE001 (as `child`)
        raise Refused("content.damaged") from None
    return _plain(upright)


def rewrite(data: bytes, media_type: str) -> tuple[bytes, int]:
    """The same picture without anything else (place, camera, comments, colour profile, what follows its end), and
    1, its pages. The same picture gives the same bytes each time."""
    image = decode(data, media_type)
    target = io.BytesIO()
    if media_type == "image/jpeg":
        image.save(target, "JPEG", quality=QUALITY, optimize=True, subsampling="4:4:4")
    else:
        image.save(target, "PNG", optimize=True)
    return target.getvalue(), 1


def _check(image: Image.Image) -> None:
    """Look at what the head tells, before any point is decoded."""
    width, height = image.size
    if width * height > MOST_POINTS or max(width, height) > LONGEST_SIDE or not width * height:
        raise Refused("content.dimensions")
    if getattr(image, "n_frames", 1) > 1:
        raise Refused("content.animated")


def _plain(image: Image.Image) -> Image.Image:
    """Grey or colours without a veil: what shines through is white, as paper is. A new picture, without metadata."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        veiled = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(veiled, mask=veiled.getchannel("A"))
        return paper
    mode = "L" if image.mode in ("1", "L", "I;16", "I") else "RGB"
    plain = Image.new(mode, image.size)
    plain.paste(image.convert(mode))
    return plain
