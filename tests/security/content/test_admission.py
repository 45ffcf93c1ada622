"""Files come in clean or not at all: each attack is refused with its code, or nothing of it is left."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from mdm.errors import Invalid
from security.content import apart, refusals
from security.content.admission import Clean, document, sheet
from security.content.kinds import CSV, JPEG, PDF, PNG, XLSX
from tests.factories import documents as made


def refused(take: Callable[..., Clean], data: bytes, **told: str) -> str:
    with pytest.raises(Invalid) as caught:
        take(data, **told)
    (place,) = caught.value.errors
    assert place.pointer == "/file"
    assert place.code == caught.value.code in refusals.TEXTS
    return caught.value.code


# -- what is taken ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "declared", "name", "kind", "pages"),
    [
        (made.jpeg(), "image/jpeg", "a.JPG", JPEG, 1),
        (made.jpeg(), "", "", JPEG, 1),
        (made.png(), "image/png; charset=binary", "身份证.png", PNG, 1),
        (made.pdf(3), "application/octet-stream", "../../etc/a.pdf", PDF, 3),
    ],
    ids=["jpeg", "nothing declared", "png", "pdf"],
)
def test_the_type_is_what_the_content_says(
    data: bytes, declared: str, name: str, kind: str, pages: int
) -> None:
    clean = document(data, declared=declared, file_name=name)

    assert (clean.media_type, clean.pages) == (kind, pages)
    assert clean.data.startswith({JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG", PDF: b"%PDF-"}[kind])


def test_a_pdf_file_is_kept_as_it_is_so_that_signatures_stay_good() -> None:
    data = made.pdf()
    assert document(data).data == data


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert document(made.jpeg()).data == document(made.jpeg()).data != document(made.jpeg("OTHER")).data


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_keeps_its_points_and_nothing_else(form: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825)[1] = "N"
    note = PngInfo()
    note.add_text("Comment", "SECRET-DESCRIPTION")
    more = {"exif": exif, "icc_profile": b"SECRET-DESCRIPTION" * 9}
    data = made.saved(
        made.image(), form, **more, **({"pnginfo": note} if form == "PNG" else {"comment": b"SECRET-X"})
    )
    assert b"SECRET" in data or form == "PNG"

    clean = document(data + b"SECRET-AFTER-THE-END").data

    assert b"SECRET" not in clean
    with Image.open(io.BytesIO(clean)) as kept:
        assert not kept.getexif()
        assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert kept.size == (600, 380)
        assert kept.convert("RGB").getpixel((60, 60))[2] in range(140, 180)


def test_a_turned_picture_is_stood_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(document(made.jpeg(exif=exif)).data)) as upright:
        assert upright.size == (380, 600)


def test_what_shines_through_is_paper() -> None:
    veiled = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    with Image.open(io.BytesIO(document(made.saved(veiled, "PNG")).data)) as flat:
        assert flat.mode == "RGB"
        assert flat.getpixel((5, 5)) == (255, 255, 255)


# -- what is not -----------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "declared", "name", "code"),
    [
        (b"", "image/jpeg", "a.jpg", "content.empty"),
        (SVG, "image/svg+xml", "a.svg", "content.unknown"),
        (SVG, "image/png", "a.png", "content.unknown"),
        (b"<!doctype html><script>1</script>", "application/pdf", "a.pdf", "content.unknown"),
        (b"GIF89a" + bytes(50), "image/gif", "a.gif", "content.unknown"),
        (b"MZ" + bytes(200), "application/pdf", "a.pdf", "content.unknown"),
        (b"\x7fELF" + bytes(200), "", "", "content.unknown"),
        (b"  " + made.pdf(), "application/pdf", "a.pdf", "content.unknown"),
        (made.workbook(), "application/pdf", "a.pdf", "content.unknown"),
        (made.jpeg(), "image/png", "a.jpg", "content.mismatch"),
        (made.jpeg(), "image/jpeg", "a.pdf", "content.mismatch"),
        (made.jpeg(), "text/html", "a.jpg", "content.mismatch"),
        (made.jpeg(), "image/jpeg", "a.jpg.html", "content.mismatch"),
        (made.jpeg()[:900], "image/jpeg", "a.jpg", "content.damaged"),
        (b"\xff\xd8\xff" + bytes(500), "image/jpeg", "a.jpg", "content.damaged"),
        (made.pdf()[:200], "application/pdf", "a.pdf", "content.damaged"),
        (b"%PDF-1.7\n" + bytes(50) + b"%%EOF", "", "", "content.damaged"),
    ],
)
def test_other_things_are_refused(data: bytes, declared: str, name: str, code: str) -> None:
    assert refused(document, data, declared=declared, file_name=name) == code


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """A PNG file of one grey bit a point whose head tells what it likes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (png_of(40_000, 40_000, zlib.compress(bytes(1000))), "content.dimensions"),
        (png_of(100_000, 10, zlib.compress(bytes(1000))), "content.dimensions"),
        (png_of(0, 10, zlib.compress(bytes(10))), "content.damaged"),
        (png_of(2000, 2000, zlib.compress(bytes(10))), "content.damaged"),
    ],
    ids=["bomb of points", "endless line", "no points", "less than promised"],
)
def test_a_head_that_promises_too_much_is_not_believed(data: bytes, code: str) -> None:
    assert refused(document, data) == code


def test_pictures_that_move_are_refused() -> None:
    frames = [made.image("A"), made.image("B")]
    data = made.saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert refused(document, data) == "content.animated"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "read_apart", None)
    assert refused(document, b"\xff\xd8\xff" + bytes(12 * 1024 * 1024)) == "content.too_large"


# -- PDF files -------------------------------------------------------------------------------------


def encrypted() -> bytes:
    book = made.writer(1)
    book.encrypt("secret", algorithm="RC4-128")
    return made.written(book)


def scripted() -> bytes:
    book = made.writer(1)
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
    )
    names = ArrayObject([TextStringObject("a"), book._add_object(action)])
    tree = DictionaryObject({NameObject("/Names"): names})
    book.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): tree})
    return made.written(book)


def with_file() -> bytes:
    book = made.writer(1)
    book.add_attachment("x.exe", b"MZ")
    return made.written(book)


def on_the_page(**entries: str) -> bytes:
    book = made.writer(1)
    told = DictionaryObject({NameObject(f"/{key}"): NameObject(value) for key, value in entries.items()})
    book.pages[0][NameObject("/Annots")] = ArrayObject([told])
    return made.written(book)


def hidden(text: bytes) -> bytes:
    """A file with an object that no table leads to, which a lenient viewer would find."""
    data = made.pdf(1)
    end = data.rindex(b"startxref")
    return data[:end] + b"\n99 0 obj\n<< /Type /Action " + text + b" >>\nendobj\n" + data[end:]


def zip_inside() -> bytes:
    """A PDF file that is a ZIP archive too: the archive's comment ends where the file ends."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("evil.txt", "x")
    data = made.pdf(1)
    end = data.rindex(b"startxref")
    tail = data[end:]
    packed = inner.getvalue()[:-2] + len(b"\n" + tail).to_bytes(2, "little") + b"\n"
    return data[:end] + packed + tail


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encrypted(), "content.encrypted"),
        (scripted(), "content.active"),
        (with_file(), "content.active"),
        (made.acting("/Launch"), "content.active"),
        (made.acting("/URI"), "content.active"),
        (made.acting("/JavaScript"), "content.active"),
        (on_the_page(Subtype="/RichMedia"), "content.active"),
        (on_the_page(Type="/Annot", A="/x", AA="/y"), "content.active"),
        (hidden(b"/S /JavaScript /JS (app.alert(1))"), "content.active"),
        (hidden(b"/S /J#61vaScript /J#53 (app.alert(1))"), "content.active"),
        (hidden(b"/S /Launch"), "content.active"),
        (made.pdf() + b"<script>alert(1)</script>", "content.polyglot"),
        (made.pdf().replace(b"%PDF-1.3\n", b"%PDF-1.3\n<html><script>1</script>\n", 1), "content.polyglot"),
        (zip_inside(), "content.polyglot"),
        (made.pdf(201), "content.dimensions"),
    ],
    ids=[
        "password",
        "script",
        "file inside",
        "starts a program",
        "opens a page",
        "script on opening",
        "media",
        "acts on its own",
        "hidden script",
        "script spelt in codes",
        "hidden start",
        "page after its end",
        "page at its head",
        "archive",
        "too long",
    ],
)
def test_pdf_files_that_act_are_refused(data: bytes, code: str) -> None:
    assert refused(document, data) == code


def test_links_to_look_at_are_no_harm() -> None:
    book = made.writer(1)
    link = {"/S": NameObject("/URI"), "/URI": TextStringObject("https://bank.example/terms")}
    action = DictionaryObject({NameObject(key): value for key, value in link.items()})
    told = {"/Subtype": NameObject("/Link"), "/A": action}
    note = DictionaryObject({NameObject(key): value for key, value in told.items()})
    book.pages[0][NameObject("/Annots")] = ArrayObject([note])
    assert document(made.written(book)).pages == 1


def test_the_archive_is_one_for_readers_of_archives() -> None:
    """The control: without our look it would be taken for both."""
    data = zip_inside()
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["evil.txt"]
    assert len(PdfReader(io.BytesIO(data)).pages) == 1


def test_a_stream_that_unpacks_without_end_breaks_only_its_own_process() -> None:
    book = made.writer(1)
    data = made.written(book)
    packed = zlib.compress(bytes(400 * 1024 * 1024), 9)
    body = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    at = len(b"%PDF-1.5\n")
    bomb = b"%PDF-1.5\n5 0 obj\n" + body + packed + b"\nendstream\nendobj\n"
    table = len(bomb)
    entries = b"\x01" + at.to_bytes(4, "big") + b"\0" + b"\x02" + (5).to_bytes(4, "big") + b"\0"
    bomb += (
        b"7 0 obj\n<< /Type /XRef /Size 8 /Root 6 0 R /W [1 4 1] /Index [5 2] /Length %d >>\nstream\n"
        % len(entries)
    )
    bomb += entries + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % table

    assert refused(document, bomb) in {
        "content.bomb",
        "content.damaged",
        "content.exhausting",
        "content.active",
    }
    assert document(data).pages == 1


# -- the process that reads ------------------------------------------------------------------------


def test_the_reader_has_no_environment_no_files_and_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    run = subprocess.run

    def spied(command: list[str], **options: object) -> object:
        seen.update(options, command=command)
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", spied)
    document(made.jpeg())
    assert (seen["env"], seen["cwd"]) == ({}, "/")
    assert seen["command"][1] == "-I"  # type: ignore[index]


def test_the_limits_hold(tmp_path: Path) -> None:
    probe = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from security.content.child import confine; confine()\n"
        "try: bytearray(2 * 1024**3)\n"
        "except MemoryError: print('memory')\n"
        "try: os.write(os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY), b'x')\n"
        "except OSError: print('files')\n"
    )
    arguments = [str(Path(__file__).parents[3]), str(tmp_path / "left")]
    command = [sys.executable, "-I", "-c", probe, *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["memory", "files"]


@pytest.mark.parametrize("answer", [b"", b"\0\0\0", b"\0\0\0\x10abc"])
def test_a_reader_that_dies_is_a_refusal(answer: bytes) -> None:
    with pytest.raises(Invalid, match=r"content\.exhausting"):
        apart._answer(answer)


# -- sheets ----------------------------------------------------------------------------------------


def test_workbooks_and_texts_are_taken() -> None:
    assert sheet(made.workbook(), file_name="rows.xlsx").media_type == XLSX
    assert (
        sheet("姓名,证件\n王建国,1\n".encode("gb18030"), declared="text/csv", file_name="r.csv").media_type
        == CSV
    )


def bomb_of(size: int) -> bytes:
    return made.with_part(made.workbook(), "xl/worksheets/sheet9.xml", bytes(size))


def lying() -> bytes:
    """A part whose head says that it is small."""
    data = bytearray(bomb_of(8 * 1024 * 1024))
    for sign, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.rindex(sign)
        data[start + at : start + at + 4] = (100).to_bytes(4, "little")
    return bytes(data)


LINK = b'<Relationships><Relationship Id="r" Type="x/oleObject" Target="file:///x" TargetMode="External"/></Relationships>'
WEB = b'<Relationships><Relationship Id="r" Type="x/relationships/hyperlink" Target="https://a" TargetMode="External"/></Relationships>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bomb_of(30 * 1024 * 1024), "content.bomb"),
        (lying(), "content.damaged"),
        (made.with_part(made.workbook(), "xl/vbaProject.bin", b"x"), "content.active"),
        (made.with_part(made.workbook(), "xl/embeddings/a.docx", b"x"), "content.active"),
        (made.with_part(made.workbook(), "xl/media/a.png", b"PK\x03\x04"), "content.active"),
        (made.with_part(made.workbook(), "../../evil.xml", b"x"), "content.damaged"),
        (made.with_part(made.workbook(), "/etc/cron.d/x", b"x"), "content.damaged"),
        (made.with_part(made.workbook(), "XL/workbook.xml", b"x"), "content.polyglot"),
        (made.with_part(made.workbook(), "xl/a.xml", b'<!DOCTYPE x [<!ENTITY a "b">]>'), "content.external"),
        (made.with_part(made.workbook(), "xl/_rels/a.rels", LINK), "content.external"),
        (b"PK\x03\x04" + bytes(100), "content.damaged"),
        (SVG, "content.unknown"),
        (b"a,b\0c", "content.unknown"),
        (made.pdf(), "content.unknown"),
    ],
    ids=[
        "bomb",
        "lying head",
        "macros",
        "file inside",
        "archive inside",
        "way out",
        "from the root",
        "part twice",
        "entities",
        "data from elsewhere",
        "no archive",
        "page",
        "binary",
        "pdf",
    ],
)
def test_sheets_that_act_or_explode_are_refused(data: bytes, code: str) -> None:
    assert refused(sheet, data) == code


def test_links_in_cells_are_no_harm() -> None:
    assert sheet(made.with_part(made.workbook(), "xl/_rels/a.rels", WEB)).media_type == XLSX


def test_too_many_parts_are_refused() -> None:
    target = io.BytesIO(made.workbook())
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(2_001):
            archive.writestr(f"xl/p{number}.xml", "")
    assert refused(sheet, target.getvalue()) == "content.bomb"
