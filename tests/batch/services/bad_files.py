"""Bad customer files by kind, each with what must become of it (security 6.4 and FILE of 7).

A file is either refused whole, with every code and place, or each of its lines is loaded or rejected with
field and code; what loads though something is odd about it opens issues.
"""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from batch.layouts.core_customer import CORE_CUSTOMER, CORE_CUSTOMER_GB18030
from batch.layouts.febrl import FEBRL
from batch.layouts.layout import Layout
from tests.factories.customers import DAY
from tests.factories.files import Line, firm, line

Row = tuple[str, str]
NAMES, MARK = CORE_CUSTOMER.names, CORE_CUSTOMER.profile.separator
#: Columns that a file names first, so that lines read well; the reader takes any order.
HEADER = MARK.join(NAMES)


@dataclass(frozen=True)
class Bad:
    """One bad file. `data` is written to `core.csv`; `lay` puts something else where the file should be.

    `control` makes the promises: as the data are, but for those it names; bytes stand as they are; None is
    no control file. Verdict: `refused` (code, place) for the whole file, else `rejects` (line, field, code) with the
    number of `rows` that the lines hold, and `issues` (field, rule) that the odd row has and the good one
    has not.
    """

    name: str
    data: bytes = b""
    refused: frozenset[Row] = frozenset()
    rejects: frozenset[tuple[int, str, str]] = frozenset()
    issues: frozenset[Row] = frozenset()
    layout: Layout = CORE_CUSTOMER
    control: dict[str, Any] | bytes | None = field(default_factory=dict)
    order: dict[str, Any] = field(default_factory=dict)
    lay: Callable[[Path], None] | None = None
    unchanged: int = 0
    updated: int = 0

    @property
    def rows(self) -> int:
        """How many rows a reader of the bytes counts, knowing nothing of the product."""
        return self.data.count(b"\n") - self.layout.profile.header


def text(*lines: Line | str, header: str = HEADER, end: str = "\n") -> str:
    """A file in the core layout, lines as told or as they are."""
    rows = [one if isinstance(one, str) else MARK.join(one.get(name, "") for name in NAMES) for one in lines]
    return "".join(f"{row}{end}" for row in (header, *rows))


def core(*lines: Line | str, header: str = HEADER, end: str = "\n") -> bytes:
    """`text` in UTF-8."""
    return text(*lines, header=header, end=end).encode()


GOOD = line("GOOD", name="张三丰")
FINE = core(GOOD, line("B"))


def whole(name: str, data: bytes, *refused: tuple[str, str], **more: Any) -> Bad:
    """A file that is refused whole for these codes and places."""
    return Bad(name, data, frozenset(refused), **more)


def rejected(name: str, odd: Line | str | bytes, *rejects: tuple[str, str]) -> Bad:
    """A file of three rows, of which the second is rejected for these fields and codes."""
    raw = odd if isinstance(odd, bytes) else text(odd).encode().split(b"\n", 1)[1]
    data = core(GOOD) + raw + core(line("C")).split(b"\n", 1)[1]
    return Bad(name, data, rejects=frozenset((3, *reject) for reject in rejects))


def odd(name: str, *issues: tuple[str, str], of: Callable[..., Line] = line, **columns: str) -> Bad:
    """A file with an odd row that loads all the same and opens these issues, and a good one."""
    return Bad(name, core(of("ODD", **columns), of("GOOD")), issues=frozenset(issues))


def undeclared() -> Iterator[Bad]:
    """Bytes that are not in the encoding that the layout declares."""
    other = text(GOOD, line("B"))
    late = core(*(line(f"K{n}") for n in range(40))) + "Z|!é".encode("latin-1") + b"\n"
    yield whole("latin-1", core(GOOD) + "B|!José".encode("latin-1") + b"\n", ("file.encoding", "/line/3"))
    yield whole("gb18030", other.encode("gb18030"), ("file.encoding", "/line/2"))
    yield whole("big5", core(GOOD) + "B|!臺灣".encode("big5") + b"\n", ("file.encoding", "/line/3"))
    yield whole("shift-jis", core(GOOD) + "B|!株式".encode("shift-jis") + b"\n", ("file.encoding", "/line/3"))
    yield whole("late", late, ("file.encoding", "/line/42"))
    yield whole("half a character", core(GOOD) + "张".encode()[:2] + b"|!x\n", ("file.encoding", "/line/3"))
    yield whole("overlong", core(GOOD) + b"B|!\xc0\xaf\n", ("file.encoding", "/line/3"))
    yield whole("beyond unicode", core(GOOD) + b"B|!\xf4\x90\x80\x80\n", ("file.encoding", "/line/3"))


def undeclared_host() -> Iterator[Bad]:
    """The same for the host's layout."""
    host = {"layout": CORE_CUSTOMER_GB18030}
    start = text(GOOD).encode("gb18030")
    for name in ("张三丰", "欧阳知远"):  # of even length: GB18030 too, and other characters
        yield whole(f"utf-8 {name}", core(line("A", name=name)), ("file.encoding_utf8", "/file"), **host)
    yield whole("0x80", start + b"B|!\x80\n", ("file.encoding", "/line/3"), **host)
    yield whole("0xff", start + b"B|!\xff\xff\n", ("file.encoding", "/line/3"), **host)
    yield whole("four bytes cut", start + b"B|!\x81\x30\x81\n", ("file.encoding", "/line/3"), **host)


def surrogates() -> Iterator[Bad]:
    """Half characters, as broken writers encode them."""
    for name, half in (
        ("high", b"\xed\xa0\x80"),
        ("low", b"\xed\xbf\xbf"),
        ("pair", b"\xed\xa0\x81\xed\xb0\x80"),
    ):
        yield whole(name, core(GOOD) + b"B|!" + half + b"\n", ("file.encoding", "/line/3"))


def wide() -> Iterator[Bad]:
    """UTF-16 and UTF-32, of which the bytes are neither lines nor names."""
    no_header, cut = ("file.separator", "/line/1"), ("file.truncated", "/line/3")
    for encoding in ("utf-16", "utf-32"):
        yield whole(encoding, text(GOOD).encode(encoding), ("file.encoding", "/line/1"), no_header, cut)
    little, big = (text(GOOD).encode(f"utf-16-{end}") for end in ("le", "be"))
    yield whole("no mark, little end first", little, ("file.encoding", "/line/2"), no_header, cut)
    yield whole("no mark, big end first", big, ("file.encoding", "/line/2"), no_header)


def truncated() -> Iterator[Bad]:
    """A file cut at every kilobyte: its control file tells of the whole one."""
    data = core(*(line(f"K{n}", employer="北京" * 20) for n in range(120)))
    promises = {"rows": 120, "bytes": len(data), "sm3": "0" * 64}
    for kib in range(1, len(data) // 1024 + 1):
        cut = data[: kib * 1024]
        codes = {("file.control_bytes", "/control/bytes"), ("file.control_digest", "/control/sm3")}
        lines = cut.count(b"\n") + (not cut.endswith(b"\n"))
        codes |= set() if cut.endswith(b"\n") else {("file.truncated", f"/line/{lines}")}
        codes |= set() if lines == 121 else {("file.control_rows", "/control/rows")}
        codes |= _cut_character(cut)
        codes |= set() if b"\n" in cut else {*_cut_header(cut)}
        yield Bad(f"{kib} KiB", cut, frozenset(codes), control=promises)


def _cut_character(data: bytes) -> set[tuple[str, str]]:
    try:
        data.decode()
    except UnicodeDecodeError:
        return {("file.encoding", f"/line/{data.count(bytes([10])) + 1}")}
    return set()


def _cut_header(data: bytes) -> Iterator[tuple[str, str]]:
    names = data.decode().split(MARK)
    yield from (("file.header_missing", f"/line/1/field/{name}") for name in NAMES if name not in names)
    yield from (("file.header_unknown", f"/line/1/field/{name}") for name in names if name not in NAMES)


def truncated_unpromised() -> Iterator[Bad]:
    """A file without a control file, cut anywhere but at a line end."""
    data = febrl(*(f"rec-{n},anna,white,1,street,,perth,6000,wa,19800101,123456" for n in range(60)))
    for kib in (1, 2, 3):
        cut = data[: kib * 1024].rstrip(b"\n")
        place = f"/line/{cut.count(bytes([10])) + 1}"
        yield whole(f"{kib} KiB", cut, ("file.truncated", place), layout=FEBRL, control=None)


def febrl(*rows: str) -> bytes:
    """A file in the FEBRL layout."""
    return "".join(f"{row}\n" for row in (",".join(FEBRL.names), *rows)).encode()


def broken_promises() -> Iterator[Bad]:
    """Control files that tell of another file."""
    for name, value in (("rows", 1), ("rows", 3), ("rows", 10**11), ("bytes", 1), ("sm3", "0" * 64)):
        code = "digest" if name == "sm3" else name
        place = ((f"file.control_{code}", f"/control/{name}"),)
        yield whole(f"{name} {str(value)[:4]}", FINE, *place, control={name: value})
    counted = {"rows": 3, "bytes": 2}
    places = (("file.control_rows", "/control/rows"), ("file.control_bytes", "/control/bytes"))
    yield whole("two at once", FINE, *places, control=counted)
    yield whole("another name", FINE, ("file.control_file", "/control/file"), control={"file": "other.csv"})


def other_orders() -> Iterator[Bad]:
    """Files for another day or mode than was ordered."""
    day = (("file.control_business_date", "/control/business_date"),)
    yield whole("another day", FINE, *day, order={"business_date": DAY + timedelta(days=1)})
    yield whole("another mode", FINE, ("file.control_mode", "/control/mode"), order={"mode": "full"})


def days_ahead() -> Iterator[Bad]:
    """Business dates that cannot be true yet: each true day after such a file would come too late."""
    there = (("file.future", "/control/business_date"),)
    yield whole("a month", FINE, *there, control={"business_date": DAY + timedelta(days=31)})
    yield whole("a wrong year", FINE, *there, control={"business_date": date(2062, 3, 2)})
    yield whole("the last day there is", FINE, *there, control={"business_date": date(9999, 12, 31)})
    row = febrl("rec-1,anna,white,1,street,,perth,6000,wa,19800101,123456")
    order = {"business_date": DAY + timedelta(days=31)}
    yield whole("as ordered", row, ("file.future", "/file"), layout=FEBRL, control=None, order=order)


def no_control() -> Iterator[Bad]:
    """Files without a control file where the layout demands one."""
    missing = (("file.control_missing", "/control"),)
    yield whole("none", FINE, *missing, control=None)
    yield whole("a folder", FINE, *missing, control=None, lay=lambda at: at.with_suffix(".ctl").mkdir())
    yield whole(
        "a link to itself", FINE, *missing, control=None, lay=lambda at: _loop(at.with_suffix(".ctl"))
    )


def _loop(at: Path) -> None:
    at.symlink_to(at)


def malformed_controls() -> Iterator[Bad]:
    """Control files that cannot be read."""
    first = (("file.control_syntax", "/control/line/1"),)
    every = ("file", "rows", "bytes", "sm3", "business_date", "mode", "generated_at", "producer")
    missing = tuple(("file.control_value", f"/control/{key}") for key in every)
    yield whole("empty", FINE, *missing, control=b"")
    yield whole("no equals", FINE, *first, control=b"rows 2\n")
    yield whole("json", FINE, *first, control=b'{"rows": 2}\n')
    yield whole("unknown key", FINE, *first, control=b"lines=2\n")
    yield whole("given twice", FINE, ("file.control_syntax", "/control/line/2"), control=b"rows=2\nrows=2\n")
    yield whole("utf-16", FINE, ("file.control_encoding", "/control"), control="rows=2\n".encode("utf-16"))
    yield whole("huge", FINE, *first, control=b"rows=" + b"2" * 100_000)
    nonsense = {**dict.fromkeys(every, "x"), "rows": "２"}
    wide_figures = "\n".join(f"{key}={value}" for key, value in nonsense.items()).encode()
    yield whole("nothing right", FINE, *missing[1:-1], control=wide_figures)


def headers() -> Iterator[Bad]:
    """First lines that do not name the columns of the layout, each once."""

    def named(header: str, *refused: tuple[str, str]) -> Bad:
        return whole(header[-30:] or "blank", core(GOOD, header=header), *refused)

    def at(name: str, code: str) -> tuple[str, str]:
        return (f"file.header_{code}", f"/line/1/field/{name}")

    yield replace(named(f"{HEADER}{MARK}name", at("name", "duplicate")), name="twice")
    yield replace(named(f"{HEADER}{MARK}name{MARK}name", at("name", "duplicate")), name="thrice")
    yield replace(named(HEADER.replace("|!sex|!", "|!"), at("sex", "missing")), name="missing")
    yield replace(named(f"{HEADER}{MARK}shoe_size", at("shoe_size", "unknown")), name="unknown")
    yield replace(named(f"{HEADER}{MARK}a/b~c", at("a~1b~0c", "unknown")), name="escaped")
    yield replace(named(f"{HEADER}{MARK}", at("", "unknown")[:1] + ("/line/1",)), name="a trailing separator")
    upper = HEADER.replace("|!sex|!", "|!SEX|!")
    yield replace(named(upper, at("sex", "missing"), at("SEX", "unknown")), name="upper case")
    greek = HEADER.replace("|!name|!", "|!nаme|!")  # a Cyrillic letter
    yield replace(named(greek, at("name", "missing"), at("nаme", "unknown")), name="homoglyph")
    full = HEADER.replace("|!sex|!", "|!ｓｅｘ|!")
    yield replace(named(full, at("sex", "missing"), at("ｓｅｘ", "unknown")), name="full width")
    nul = HEADER.replace("|!sex|!", "|!se\0x|!")
    yield replace(named(nul, at("sex", "missing"), at("se\ufffdx", "unknown")), name="NUL")


def separators() -> Iterator[Bad]:
    """Files whose lines are put together in another way."""
    for sign in (",", "\t", "|", ";", "!|"):
        other = FINE.replace(MARK.encode(), sign.encode())
        yield whole(repr(sign), other, ("file.separator", "/line/1"))
    yield whole(
        "a line before the header", b"customers of 2026-03-02\n" + FINE, ("file.separator", "/line/1")
    )
    yield whole("only line ends", b"\n" * 5, ("file.separator", "/line/1"))
    macintosh = (("file.line_end", "/line/1"), ("file.truncated", "/line/1"))
    yield whole("old Macintosh", core(GOOD, end="\r"), *macintosh)
    yield whole("no header", core(GOOD).split(b"\n", 1)[1] * 2, ("file.header", "/line/1"))
    yield whole("a header of another system", core(GOOD, header=HEADER.upper()), ("file.header", "/line/1"))


def columns_by_thousands() -> Iterator[Bad]:
    """Headers and rows of ten thousand columns."""
    many = [str(n) for n in range(10_000)]
    told = [("file.header_unknown", f"/line/1/field/{n}") for n in sorted(many, key=int)[:100]]
    yield whole("header", core(GOOD, header=MARK.join([HEADER, *many])), *told)
    yield rejected("row", MARK.join(["K", *many]), ("", "row.columns"))
    yield rejected("row of nothing", MARK * 10_000, ("", "row.columns"))
    yield rejected("long row", MARK.join(["K" * 7] * 10_000), ("", "row.too_long"))


def empty() -> Iterator[Bad]:
    """Files that hold nothing."""
    yield whole("no byte", b"", ("file.empty", "/file"))
    yield whole("no byte, host", b"", ("file.empty", "/file"), layout=CORE_CUSTOMER_GB18030)
    yield whole("no byte, unpromised", b"", ("file.empty", "/file"), layout=FEBRL, control=None)
    marks = (("file.truncated", "/line/1"), ("file.separator", "/line/1"))
    yield whole("a byte order mark", b"\xef\xbb\xbf", *marks)
    yield whole("one line end", b"\n", ("file.separator", "/line/1"))


def header_only() -> Iterator[Bad]:
    """Files of a header line: only a delta may have nothing to tell, and must promise so."""
    yield whole("full", core(), ("file.no_rows", "/file"), control={"mode": "full"})
    yield whole("unpromised", febrl(), ("file.no_rows", "/file"), layout=FEBRL, control=None)
    yield Bad("delta", core())


def packed_files() -> Iterator[Bad]:
    """Archives and compressed files, which are not opened."""
    for name, data in (
        ("zip", _zip([("core.csv", FINE)])),
        (
            "zip with a password bit",
            _zip([("core.csv", FINE)]).replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0"),
        ),
        ("empty zip", _zip([])),
        ("xlsx", _zip([("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")])),
        ("gzip", gzip.compress(FINE)),
        ("bzip2", bz2.compress(FINE)),
        ("xz", lzma.compress(FINE)),
        ("tar", _tar("core.csv")),
        ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    ):
        yield whole(name, data, ("file.packed", "/file"))


def bombs() -> Iterator[Bad]:
    """Archives that would unpack to something without end."""
    small = _zip([("core.csv", b"\0" * 20_000_000)])
    yield whole("zip, 1 to 1,000", small, ("file.packed", "/file"))
    yield whole("zips in a zip", _zip([(f"{n}.zip", small) for n in range(10)]), ("file.packed", "/file"))
    yield whole("gzip", gzip.compress(b"\0" * 20_000_000), ("file.packed", "/file"))


def climbing_archives() -> Iterator[Bad]:
    """Archives with a way out of the folder they would be unpacked in."""
    for name in ("../../etc/passwd", "/etc/passwd", "C:\\core.csv", "a/../../b.csv"):
        yield whole(f"zip: {name}", _zip([(name, FINE)]), ("file.packed", "/file"))
        yield whole(f"tar: {name}", _tar(name), ("file.packed", "/file"))
    yield whole("tar: a link", _tar("core.csv", link="/etc/passwd"), ("file.packed", "/file"))


def spoilt_archives() -> Iterator[Bad]:
    """Compressed files with something after their end, or without one."""
    yield whole("gzip and rubbish", gzip.compress(FINE) + b"rubbish", ("file.packed", "/file"))
    yield whole("two gzips", gzip.compress(FINE) * 2, ("file.packed", "/file"))
    yield whole("half a gzip", gzip.compress(FINE)[:60], ("file.packed", "/file"))
    yield whole("half a zip", _zip([("core.csv", FINE)])[:60], ("file.packed", "/file"))


def _zip(members: Iterable[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def _tar(name: str, link: str = "") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 0 if link else len(FINE)
        member.type, member.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
        archive.addfile(member, io.BytesIO(FINE))
    return made.getvalue()


def no_files() -> Iterator[Bad]:
    """Something else, or nothing, where the file should be."""
    missing = (("file.missing", "/file"),)
    yield whole("nothing", b"", *missing, lay=lambda at: None, control=None)
    yield whole("a folder", b"", *missing, lay=lambda at: at.mkdir(), control=None)
    yield whole("a pipe", b"", *missing, lay=os.mkfifo, control=None)
    yield whole("a device", b"", *missing, lay=lambda at: at.symlink_to("/dev/zero"), control=None)
    yield whole("a dead link", b"", *missing, lay=lambda at: at.symlink_to(at.parent / "gone"), control=None)
    yield whole("a link to itself", b"", *missing, lay=_loop, control=None)


def unreadable() -> Iterator[Bad]:
    """Files that are there and give no bytes."""
    there = (("file.unreadable", "/file"),)  # reading the beginning of memory is an error of the device
    memory = Path("/proc/self/mem")
    yield whole("an error of the device", b"", *there, lay=lambda at: at.symlink_to(memory), control=None)


def trailers() -> Iterator[Bad]:
    """Lines at the end that no layout of ours has."""
    for name, last in (("counted", "T|!2"), ("words", "END OF FILE"), ("blank", "")):
        data = core(GOOD, line("B"), last)
        yield Bad(name, data, rejects=frozenset({(4, "", "row.columns")}))
        promise = (("file.control_rows", "/control/rows"),)
        yield whole(f"{name}, not promised", data, *promise, control={"rows": 2})
    yield whole("substitute", FINE + b"\x1a", ("file.truncated", "/line/4"))


def nul_rows() -> Iterator[Bad]:
    """NUL, which the database would refuse with the whole chunk."""
    yield rejected("in a name", line("X", name="张\0三"), ("name", "row.nul"))
    yield rejected("in the key", line("X\0"), ("source_key", "row.nul"))
    yield rejected("alone", "\0" * 100, ("", "row.nul"))
    yield rejected("in a line of another width", "X|!\0|!y", ("", "row.nul"))


def control_rows() -> Iterator[Bad]:
    """Other control characters, and a byte order mark where two files were put together."""
    for name, sign in (
        ("bell", "\a"),
        ("tab", "\t"),
        ("escape", "\x1b"),
        ("delete", "\x7f"),
        ("return", "a\rb"),
    ):
        yield rejected(name, line("X", employer=f"x{sign}y"), ("employer", "row.control"))
    yield rejected("a second mark", "\ufeff" + text(line("X")).split("\n")[1], ("source_key", "row.control"))
    yield rejected("two files in one", "\ufeff" + HEADER, ("source_key", "row.control"))


def widths() -> Iterator[Bad]:
    """Rows of fewer or more columns than the header."""
    row = text(line("X")).split("\n")[1]
    for name, other in (
        ("short", row.rsplit(MARK, 1)[0]),
        ("long", row + MARK),
        ("blank", ""),
        ("spaces", "   "),
        ("separators only", MARK * 3),
        ("a separator in a value", text(line("X", name="张|!三")).split("\n")[1]),
        ("a line end in a value", text(line("X", name="张")).split("\n")[1][:30]),
        ("another separator", row.replace(MARK, ",")),
        ("half a separator", row.replace(MARK, "|", 1)),
    ):
        yield rejected(name, other, ("", "row.columns"))


def quotes() -> Iterator[Bad]:
    """Quotes, which mean nothing in these layouts: none may swallow the lines after it."""
    yield odd("opened", employer='"北京')
    yield odd("closed", employer='北京"')
    yield odd("inside", employer='北"京')
    yield odd("doubled", employer='""北京""')
    data = febrl('rec-1,"anna,white,1,street,,perth,6000,wa,19800101,123456', "rec-2,ben,black,,,,,,,,")
    yield Bad("in a comma file", data, layout=FEBRL, control=None)


def huge() -> Iterator[Bad]:
    """Values and lines longer than anything a bank keeps."""
    yield rejected("a field of 10 MB", line("X", employer="长" * 3_400_000), ("", "row.too_long"))
    yield rejected("a line without separators", "x" * 10_000_000, ("", "row.too_long"))
    yield rejected("a field of 4,001", line("X", employer="x" * 4_001), ("employer", "row.field_too_long"))
    yield rejected("a name of 4,000", line("X", name="长" * 4_000), ("name", "S04"))
    yield rejected("a document of 200", line("X", id_number="1" * 200), ("id_number", "S04"))


def keys() -> Iterator[Bad]:
    """Rows that do not say whose they are."""
    yield rejected("none", line(""), ("source_key", "row.required"))
    yield rejected("spaces", line("   "), ("source_key", "row.required"))
    yield rejected("absent", line("\\N"), ("source_key", "row.required"))
    yield rejected("long", line("K" * 121), ("source_key", "row.key_too_long"))


def party_types() -> Iterator[Bad]:
    """Rows of an unknown kind of customer."""
    for given in ("", "??", "９", "PERSON;", "自然"):
        yield rejected(repr(given), line("X", party_type=given), ("party_type", "row.party_type"))


def line_ends() -> Iterator[Bad]:
    """Line ends of Windows, alone and mixed, which are all right."""
    yield Bad("windows", core(line("ODD"), GOOD, end="\r\n"))
    yield Bad("mixed", core(line("ODD"), end="\r\n") + core(GOOD).split(b"\n", 1)[1])
    yield Bad("marked", b"\xef\xbb\xbf" + core(line("ODD"), GOOD))
    host = text(line("ODD"), GOOD, end="\r\n").encode("gb18030")
    yield Bad("host", host, layout=CORE_CUSTOMER_GB18030)


def twice() -> Iterator[Bad]:
    """A key told more than once in a file: what comes later stands."""
    yield Bad("the same", core(GOOD, GOOD), unchanged=1)
    yield Bad("another", core(GOOD, line("GOOD", name="张三")), updated=1)
    yield Bad("there and back", core(GOOD, line("GOOD", name="张三"), GOOD), updated=2)
    refused_last = core(GOOD, line("GOOD", name="x" * 4_001))
    yield Bad("the later one refused", refused_last, rejects=frozenset({(3, "name", "row.field_too_long")}))


def not_dates() -> Iterator[Bad]:
    """Dates that are none: never guessed."""
    for given in (
        "19560231",
        "1956/02/30",
        "00000000",
        "20261301",
        "２０２６",
        "yesterday",
        "31121956",
        "1e8",
    ):
        yield odd(given, ("birth_date", "V24"), birth_date=given)


def unknown_codes() -> Iterator[Bad]:
    """Codes that no list has."""
    for column in ("sex", "nationality", "ethnicity", "marital_status", "education", "occupation"):
        yield odd(column, (column, "V21"), **{column: "ZZ9"})


def documents() -> Iterator[Bad]:
    """Numbers of documents that are odd, and load: the bank has such customers."""
    yield odd("a wrong check digit", ("number", "V01"), id_number="110105194912310021")
    yield odd("an impossible day", ("number", "V01"), id_number="110105194913310025")
    yield odd("a wrong credit code", ("number", "V05"), of=firm, id_number="91350100M000100Y44")
    yield odd("fifteen digits", id_number="110105491231002")


def odd_figures() -> Iterator[Bad]:
    """Figures that cannot be."""
    yield odd("a negative staff", ("staff_count", "V33"), of=firm, staff_count="-5")
    yield odd("words", ("staff_count", "V24"), of=firm, staff_count="many")


def formulas() -> Iterator[Bad]:
    """Cells that a spreadsheet would work out: kept as they came, made harmless where they leave."""
    for given in ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1+1"):
        yield odd(given, ("employer", "V23"), employer=given)


def strangers() -> Iterator[Bad]:
    """Characters that look like others or like nothing."""
    yield odd("full-width digits", id_number="１１０１０５１９４９１２３１００２Ｘ")
    yield odd("homoglyphs", employer="Аррlе")
    yield odd("no width", employer="北\u200b京")
    yield odd("overridden direction", ("employer", "V23"), employer="\u202e京北")
    yield odd("beyond the plane", ("employer", "V22R"), employer="𠮷野")
    yield odd("private use", ("employer", "V22"), employer="\ue5e5")


def branches() -> Iterator[Bad]:
    """Branches that nobody knows."""
    yield odd("unknown", ("org", "V24"), branch_code="9999")


KINDS: dict[str, Callable[[], Iterator[Bad]]] = {
    made.__name__: made
    for made in (
        undeclared,
        undeclared_host,
        surrogates,
        wide,
        truncated,
        truncated_unpromised,
        broken_promises,
        other_orders,
        days_ahead,
        no_control,
        malformed_controls,
        headers,
        separators,
        columns_by_thousands,
        empty,
        header_only,
        packed_files,
        bombs,
        climbing_archives,
        spoilt_archives,
        no_files,
        unreadable,
        trailers,
        nul_rows,
        control_rows,
        widths,
        quotes,
        huge,
        keys,
        party_types,
        line_ends,
        twice,
        not_dates,
        unknown_codes,
        documents,
        odd_figures,
        formulas,
        strangers,
        branches,
    )
}
