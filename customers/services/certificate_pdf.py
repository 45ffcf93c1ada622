"""A certificate of history as a PDF file (A4): what it is over, every change, the digest, on each page who asked.

Chinese is set in STSong-Light, one of the fonts that PDF readers bring for the character collection Adobe-GB1
(ISO 32000-2, 9.7.5.2): nothing has to be installed here or embedded there, and the text can be copied and searched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, BinaryIO, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from customers.models import HistoryCertificate
from mdm.codes import get as code_list

FONT: Final = "STSong-Light"
_LINE, _INK, _SHADE = HexColor("#8a94a6"), HexColor("#1c2430"), HexColor("#eef1f5")
_VEIL = Color(0.4, 0.45, 0.5, alpha=0.10)
_BODY = ParagraphStyle("body", fontName=FONT, fontSize=8, leading=11, textColor=_INK, wordWrap="CJK")
_HEAD = ParagraphStyle("head", parent=_BODY, fontSize=16, leading=22)
_WIDTHS = (27 * mm, 27 * mm, 30 * mm, 62 * mm, 34 * mm)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn: the certificate, the customer's number, the branch that asked, the changes in words."""

    certificate: HistoryCertificate
    customer_no: str
    org_code: str
    changes: list[dict[str, Any]]


def draw(sheet: Sheet, target: BinaryIO) -> None:
    """Write the PDF file, in the active language."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=15 * mm,
        rightMargin=15 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=f"{_('Certificate of history')} {sheet.certificate}",
        author="Panorama",
    )
    document.build(list(_story(sheet)), canvasmaker=_canvas(sheet))


def _story(sheet: Sheet) -> Iterator[Flowable]:
    yield Paragraph(escape(_("Certificate of history"), quote=False), _HEAD)
    yield Spacer(1, 3 * mm)
    yield _table([[_cell(label), _cell(text)] for label, text in _facts(sheet)], (45 * mm, 135 * mm))
    yield Spacer(1, 5 * mm)
    heads = (_("Time"), _("Who"), _("Information"), _("What changed"), _("Why"))
    rows = [[_cell(head) for head in heads], *(_change(one) for one in sheet.changes)]
    yield _table(rows, _WIDTHS, repeat=1)


def _facts(sheet: Sheet) -> list[tuple[str, str]]:
    made = sheet.certificate
    seal = f"{made.seal} · {made.seal_digest}" if made.seal else _("none yet")
    return [
        (_("Certificate"), str(made)),
        (_("Customer number"), sheet.customer_no),
        (_("Changes"), str(made.rows)),
        (_("Issued at"), _time(made.issued_at)),
        (_("Issued by"), f"{made.issued_by} · {sheet.org_code}" if sheet.org_code else made.issued_by),
        (_("Reason"), made.reason),
        (_("Values shown"), _("masked; mask profile “%s”") % made.profile),
        (_("Digest of the rows (SM3)"), f"{made.sm3} · {made.form}"),
        (_("Operation in the log"), str(made.log_row)),
        (_("Newest seal of the log"), seal),
    ]


def _change(one: dict[str, Any]) -> list[Flowable]:
    kinds = {"+": _("entered"), "-": _("removed")}
    fields = [f"{field['label']}: {_was(field)}{field['new'] or _('(empty)')}" for field in one["changes"]]
    channel = code_list("channel").label(one["channel"])
    return [
        _cell(_time(datetime.fromisoformat(one["at"]))),
        _cell(one["actor"], channel, one["source"]),
        _cell(
            one["facet_label"], f"{kinds.get(one['type'], _('changed'))} · {one['row_id']}.{one['version']}"
        ),
        _cell(*fields),
        _cell(one["reason"] or "—", one["request_id"], _agreed(one)),
    ]


def _agreed(one: dict[str, Any]) -> str:
    """Who approved a change; empty for one that took no approval."""
    return _("approved by %s") % ", ".join(one["approved_by"]) if one["approved_by"] else ""


def _was(field: dict[str, Any]) -> str:
    return f"{field['old']} → " if field["old"] else ""


def _time(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S %z")


def _cell(*lines: str) -> Paragraph:
    return Paragraph("<br/>".join(escape(str(line), quote=False) for line in lines if line), _BODY)


def _table(rows: list[list[Any]], widths: tuple[float, ...], repeat: int = 0) -> Table:
    style = [("GRID", (0, 0), (-1, -1), 0.4, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    shaded = ("BACKGROUND", (0, 0), (-1, 0), _SHADE) if repeat else ("BACKGROUND", (0, 0), (0, -1), _SHADE)
    return Table(rows, colWidths=widths, repeatRows=repeat, style=TableStyle([*style, shaded]))


def _canvas(sheet: Sheet) -> type[Canvas]:
    """A canvas that knows how many pages there are, and marks each with who asked for it and when."""

    class Marked(Canvas):  # type: ignore[misc]
        """Keeps the pages until all are known."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 (reportlab's name)
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            pages = self._pages
            for number, page in enumerate(pages, 1):
                self.__dict__.update(page)
                _mark(self, sheet, number, len(pages))
                super().showPage()
            super().save()

    return Marked


def _mark(canvas: Canvas, sheet: Sheet, number: int, of: int) -> None:
    """The veil across the page, and its foot."""
    made, (width, height) = sheet.certificate, A4
    said = f"{made.issued_by} · {_time(made.issued_at)}"
    canvas.saveState()
    canvas.setFont(FONT, 22)
    canvas.setFillColor(_VEIL)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(35)
    for y in range(-3, 4):
        canvas.drawCentredString(0, y * 45 * mm, said)
    canvas.restoreState()
    canvas.setFont(FONT, 7)
    canvas.setFillColor(_INK)
    canvas.drawString(15 * mm, 12 * mm, f"{made} · {sheet.customer_no} · {said}")
    canvas.drawRightString(width - 15 * mm, 12 * mm, f"{number} / {of}")
