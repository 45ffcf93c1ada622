"""Made-up documents: pictures with text on them, PDF files, workbooks, and each of them with something wrong."""

import io
import zipfile
from typing import Any

from openpyxl import Workbook
from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject


def image(text: str = "SPECIMEN 0001", size: tuple[int, int] = (600, 380)) -> Image.Image:
    """A card with a text, and colours that differ from text to text."""
    made = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(made)
    pen.rectangle((20, 20, 140, 180), fill=(40 + len(text), 90, 160))
    pen.text((30, size[1] - 70), text, fill="black", font_size=36)
    return made


def jpeg(text: str = "SPECIMEN 0001", **options: Any) -> bytes:
    return saved(image(text), "JPEG", **options)


def png(text: str = "SPECIMEN 0001", **options: Any) -> bytes:
    return saved(image(text), "PNG", **options)


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, form, **options)
    return target.getvalue()


def writer(pages: int = 2, text: str = "") -> PdfWriter:
    made = PdfWriter()
    for _page in range(pages):
        made.add_blank_page(300, 400)
    if text:
        made.add_metadata({"/Title": text})
    return made


def written(made: PdfWriter) -> bytes:
    target = io.BytesIO()
    made.write(target)
    return target.getvalue()


def pdf(pages: int = 2, text: str = "") -> bytes:
    return written(writer(pages, text))


def acting(kind: str) -> bytes:
    """A PDF file with an action of a kind on its first page."""
    made = writer(1)
    action = {
        "/S": NameObject(kind),
        "/F": TextStringObject("cmd.exe"),
        "/URI": TextStringObject("https://a.example"),
    }
    told = DictionaryObject({NameObject(key): value for key, value in action.items()})
    made.root_object[NameObject("/OpenAction")] = told
    return written(made)


def workbook(rows: int = 3) -> bytes:
    book, target = Workbook(), io.BytesIO()
    for row in range(rows):
        book.active.append([f"K-{row}", "王建国", "+8613912345670"])  # type: ignore[union-attr]
    book.save(target)
    return target.getvalue()


def with_part(book: bytes, name: str, content: bytes) -> bytes:
    """A workbook with one part more."""
    target = io.BytesIO(book)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()
