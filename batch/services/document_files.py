"""Documents by file: a folder with a manifest, one line a document, and the files that it names.

    source_system,source_key,kind,title,dated_on,credential,file,sm3
    core_customer,K-1,ID_FRONT,,2020-01-02,P01,k1-front.jpg,<SM3 of the file, hexadecimal>

A line that cannot be applied is a rejection with line, code and reason; the others are. Sent again, what is there is
left as it is, so a delivery that was broken off is simply delivered again. `credential` is the type of the credential
that the document shows, or empty.
"""

import csv
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from stat import S_ISREG
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from batch.formats.errors import error, refuse
from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.customer import visible
from customers.services.documents import RIGHT, Told, Upload, upload
from mdm.bulk.linking import find, source_digests
from mdm.codes import get as code_list
from mdm.errors import Duplicate, FieldError, Invalid, NotFound, ServiceError, Unavailable
from mdm.history.models import Status
from mdm.run_control import Claim, advance, carry_out, create_run, finish
from mdm.runs import JobRun, RunState
from mdm.subjects import registry
from security.access.actor import Actor, system_actor
from security.access.scope import in_scope
from security.audit.log import record
from security.crypto.algorithms import sm3

JOB = "load_documents"
RIGHTS = ("load.run", "customer.view", RIGHT)
MANIFEST = "manifest.csv"
COLUMNS = ("source_system", "source_key", "kind", "title", "dated_on", "credential", "file", "sm3")
#: Refused lines that a run tells of one by one; the others are counted.
TOLD = 200
REASON = "delivered by file"
#: Bytes of a manifest, and of one file: above anything that is taken (`security.content.kinds`).
MOST_MANIFEST, MOST_FILE = 64 * 1024 * 1024, 64 * 1024 * 1024
#: A name inside the folder: no path, nothing hidden.
_NAME = re.compile(r"[\w()-][\w.() -]{0,99}")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a manifest, by column; `number` counts from 2, after the header."""

    number: int
    values: tuple[str, ...]

    @property
    def told(self) -> dict[str, str]:
        """By column. Invalid `row.columns` where it has more or fewer."""
        if len(self.values) != len(COLUMNS):
            raise _refused("", "row.columns", found=len(self.values), expected=len(COLUMNS))
        return dict(zip(COLUMNS, self.values, strict=True))


def loader() -> Actor:
    """The actor of deliveries."""
    return system_actor("load", RIGHTS, channel="BATCH")


def load_documents(
    actor: Actor,
    folder: Path,
    *,
    business_date: date,
    at: datetime,
    tell: Progress = lambda done, total: None,
) -> JobRun:
    """Put the documents of a folder on file. Invalid `file.…` for a manifest that cannot be read as a whole."""
    actor.require("load.run")
    text = _read(folder, MANIFEST, MOST_MANIFEST)
    lines = list(_lines(text))
    params = {"file": MANIFEST, "sm3": sm3(text).hex()}
    key = f"{JOB}|{params['sm3']}|{business_date}"
    with transaction.atomic():
        run = create_run(actor, JOB, params, business_date=business_date, at=at, key=key)
        record(actor, "documents.load", at, subject="run", object_id=run.pk, fields={"rows": len(lines)})
    carry_out(run.pk, lambda held: _apply(actor, held, folder, lines, at, tell))
    return JobRun.objects.get(pk=run.pk)


def _apply(actor: Actor, held: Claim, folder: Path, lines: list[Line], at: datetime, tell: Progress) -> None:
    """Line after line; each is a transaction of its own, and none is applied twice."""
    counts = {"rows": len(lines), "created": 0, "unchanged": 0, "rejected": 0}
    problems: list[dict[str, str]] = []
    for done, line in enumerate(lines, 1):
        try:
            counts[_put(actor, folder, line, at)] += 1
        except Unavailable:
            raise
        except ServiceError as refused:
            counts["rejected"] += 1
            problems.append(
                {"pointer": f"/{line.number}", "code": refused.code, "text": str(refused.message)}
            )
        advance(held, done=done, total=len(lines), counts=counts)
        tell(done, len(lines))
    state = RunState.PARTIAL if problems else RunState.SUCCEEDED
    finish(held, state, counts=counts, problems=problems[:TOLD])


def _put(actor: Actor, folder: Path, line: Line, at: datetime) -> str:
    """Put one document on file; what became of it, as a count is called."""
    told = line.told
    customer_id = _customer(actor, told)
    data = _read(folder, told["file"], MOST_FILE)
    if sm3(data).hex() != told["sm3"].lower():
        raise _refused("sm3", "file.control_digest")
    about_id = _credential(customer_id, told["credential"])
    document = Told(
        _kind(told["kind"]), told["title"], _day(told["dated_on"]), "credential" if about_id else "", about_id
    )
    file = Upload(data, file_name=told["file"])
    try:
        upload(actor, customer_no(customer_id), document, file, reason=REASON, at=at)
    except Duplicate as known:
        if known.code != "document.exists":
            raise
        return "unchanged"
    return "created"


def _customer(actor: Actor, told: dict[str, str]) -> int:
    """The golden customer that a source key names. NotFound `customer.unknown`, also for one out of scope."""
    (digest,) = source_digests([(told["source_system"], told["source_key"])])
    found = Customer.objects.filter(pk__in=find([digest]).values()).values_list("pk", "golden_id").first()
    golden = int(found[1] or found[0]) if found else 0
    with in_scope(actor, RIGHT):
        if not visible(actor, golden, RIGHT):
            raise NotFound("customer.unknown", _("There is no such customer."))
    return golden


def _credential(customer_id: int, kind: str) -> int | None:
    """The credential of a type that a customer has in force; Invalid `document.about` where there is none."""
    if not kind:
        return None
    rows: Any = registry.facet("credential").model._default_manager
    family = Customer.objects.filter(pk=customer_id).values_list("members", flat=True).get()
    mine = rows.filter(customer_id__in=[customer_id, *family], type=kind, status=Status.ACTIVE)
    found = mine.order_by("-is_primary", "-pk").values_list("pk", flat=True).first()
    if found is None:
        text = _("There is no such entry of this customer.")
        raise Invalid("document.about", text, [FieldError("/credential", "document.about", text)])
    return int(found)


def _kind(told: str) -> str:
    if told not in code_list("document_kind"):
        raise _refused("kind", "value.code")
    return told


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise _refused("dated_on", "value.date") from None


def _refused(column: str, code: str, **parameters: object) -> Invalid:
    """The refusal of a line, or of the whole manifest."""
    return refuse([error(code, f"/{column}" if column else "/file", **parameters)])


def _lines(text: bytes) -> Iterator[Line]:
    """The lines of a manifest. Invalid `file.encoding`, `file.header`, `row.quote` for the file as a whole."""
    try:
        rows = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True)
        if tuple(next(rows, [])) != COLUMNS:
            raise _refused("", "file.header")
        yield from (Line(number, tuple(row)) for number, row in enumerate(rows, 2))
    except UnicodeDecodeError as wrong:
        raise _refused("", "file.encoding", byte=wrong.start, encoding="UTF-8") from None
    except csv.Error:
        raise _refused("", "row.quote") from None


def _read(folder: Path, name: str, most: int) -> bytes:
    """A file of the folder itself: a name is never a path, a link is not followed. Invalid `file.missing`,
    `file.unreadable`."""
    if not _NAME.fullmatch(name):
        raise _refused("", "file.missing")
    try:
        within = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=within)
        finally:
            os.close(within)
    except FileNotFoundError:
        raise _refused("", "file.missing") from None
    except OSError:
        raise _refused("", "file.unreadable") from None
    try:
        data = _bytes(handle, most) if S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)
    if not data or len(data) > most:
        raise _refused("", "file.unreadable")
    return data


def _bytes(handle: int, most: int) -> bytes:
    """The content of an open file, and one byte more than is taken at most."""
    with open(handle, "rb", closefd=False) as file:
        return file.read(most + 1)
