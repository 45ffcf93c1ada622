"""Pictures of documents for people: as coarse as the reader's right asks, and marked with who looks and when.

Runs apart (`child`). The marks lie across the picture, so that no part of it is without one.
"""

import io
import json
from typing import Any, Final

import pypdfium2
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from security.content.pictures import decode
from security.content.verdict import Refused

#: Points of the longer side of what is shown clear; and of what is left of a masked page before it is drawn large
#: again. A dot averages several signs of any print on a card or page, and is told in sixteen steps only, so that
#: trying out texts until their dots are the same tells nothing either.
CLEAR_SIDE: Final = 1_600
MASKED_SIDE: Final = 12
_BITS: Final = 4
#: Points of the longer side of a masked page as drawn.
SHOWN_SIDE: Final = 640
_ANGLE = 24
_INK, _RIM = (20, 20, 20, 96), (255, 255, 255, 110)


def picture(data: bytes, media_type: str, asked: dict[str, Any]) -> bytes:
    """A page as PNG. `asked`: `page` (from 0), `masked`, `mark` (one line), `side` (at most so many points)."""
    image = _page(data, asked["page"]) if media_type == "application/pdf" else decode(data, media_type)
    side = min(int(asked["side"]), CLEAR_SIDE)
    shown = _masked(image, min(side, SHOWN_SIDE)) if asked["masked"] else _fitted(image, side)
    target = io.BytesIO()
    _marked(shown, asked["mark"]).save(target, "PNG", optimize=True)
    return target.getvalue()


def _page(data: bytes, number: int) -> Image.Image:
    """A page of a PDF file as it prints, forms filled in."""
    document = pypdfium2.PdfDocument(data)
    if not 0 <= number < len(document):
        raise Refused("content.damaged")
    page = document[number]
    longer = max(page.get_size())
    if not 0 < longer < 50_000:
        raise Refused("content.dimensions")
    bitmap = page.render(scale=CLEAR_SIDE / longer, may_draw_forms=False)
    image: Image.Image = bitmap.to_pil().convert("RGB")
    return image


def _fitted(image: Image.Image, side: int) -> Image.Image:
    """No larger than `side`, never drawn larger than it is."""
    fitted = image.convert("RGB")
    fitted.thumbnail((side, side), Image.Resampling.LANCZOS)
    return fitted


def _masked(image: Image.Image, side: int) -> Image.Image:
    """What colours are where, and no more: averaged into a few dots, which are then drawn large."""
    coarse = image.convert("RGB")
    coarse.thumbnail((MASKED_SIDE, MASKED_SIDE), Image.Resampling.BOX)
    coarse = ImageOps.posterize(coarse, _BITS)
    scale = side / max(coarse.size)
    size = (max(1, round(coarse.width * scale)), max(1, round(coarse.height * scale)))
    return coarse.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(scale / 4))


def _marked(image: Image.Image, mark: str) -> Image.Image:
    """The line all over the picture, aslant, dark with a light rim so that it shows on any ground."""
    font = ImageFont.load_default(max(11, max(image.size) // 48))
    left, top, right, bottom = font.getbbox(mark)
    step_x, step_y = int(right - left) + 48, int(bottom - top) * 4 + 12
    wide = int((image.width**2 + image.height**2) ** 0.5) + step_x
    veil = Image.new("RGBA", (wide, wide), (0, 0, 0, 0))
    pen = ImageDraw.Draw(veil)
    for row, y in enumerate(range(0, wide, step_y)):
        for x in range(-(row % 2) * step_x // 2, wide, step_x):
            pen.text((x, y), mark, fill=_INK, font=font, stroke_width=1, stroke_fill=_RIM)
    turned = veil.rotate(_ANGLE, Image.Resampling.BICUBIC)
    corner = ((wide - image.width) // 2, (wide - image.height) // 2)
    cut = turned.crop((*corner, corner[0] + image.width, corner[1] + image.height))
    return Image.alpha_composite(image.convert("RGBA"), cut).convert("RGB")


def asked_of(told: bytes) -> dict[str, Any]:
    """What is asked for, from its JSON."""
    asked: dict[str, Any] = json.loads(told)
    return asked
