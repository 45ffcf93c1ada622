"""What else the demonstration knows of some customers: relations, agreements, special information, documents.

All of it comes through the doors that a bank's systems use: files of single facets, and a folder of documents.
"""

import csv
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw

from batch.demo.bank import SUB_BRANCH
from batch.formats.writer import create
from batch.layouts.facet import FacetLayout
from batch.layouts.registry import layout as layout_named
from batch.services import document_files
from batch.services.loading import JOB, load_file, loader
from customers.models import Customer
from mdm.runs import JobRun
from security.access.actor import staff_actor
from security.crypto.algorithms import sm3
from security.models import Organisation, User
from special_info.models import TaxCertification
from special_info.services import tax

#: Customers of the teller's branch that more is told of.
PERSONS, FIRMS = 8, 2
#: The system that tells it.
SOURCE = "crm"
Line = dict[str, str]


def deliver_details(at: datetime) -> None:
    """Deliver what was not yet."""
    if JobRun.objects.filter(job=JOB, params__layout="relationship").exists():
        return
    people, firms = chosen("PERSON", PERSONS), chosen("CORPORATE", FIRMS)
    with TemporaryDirectory(prefix="panorama-demo-") as folder:  # made with mode 0700
        for name, lines in told(people, firms, timezone.localtime(at).date()).items():
            load_file(loader(), _written(Path(folder) / f"{name}.csv", name, lines), name, at=at)
        _documents(Path(folder), people[:2], at)
    _hand_in(at)


def chosen(party_type: str, count: int) -> list[Customer]:
    """Golden customers of the teller's branch, those of several records first: the banner names one of them."""
    branch = Organisation.objects.get(code=SUB_BRANCH)
    seen = Customer.objects.filter(
        golden=None, org_path__contains=[branch.pk], party_type=party_type, lifecycle_status="ACTIVE"
    )
    merged = list(seen.exclude(members=[]).order_by("id")[:count])
    return merged + list(seen.filter(members=[]).order_by("id")[: count - len(merged)])


def told(people: Sequence[Customer], firms: Sequence[Customer], day: date) -> dict[str, list[Line]]:
    """The lines of each file, by layout."""
    numbers = [person.customer_no for person in people]
    employers = [firm.customer_no for firm in firms]
    files = {**_business(numbers, day), **_judged(numbers, day), **_special(numbers, employers, day)}
    files["relationship"] = [
        _row(no, "R-1", kind="EMPLOYER", other_no=employers[at % len(employers)], begun_on="20180901")
        for at, no in enumerate(numbers if employers else ())
    ]
    return {name: lines for name, lines in files.items() if lines}


def _business(numbers: Sequence[str], day: date) -> dict[str, list[Line]]:
    """What people have with the bank and want of it."""
    return {
        "agreement": [
            _row(
                no,
                "D-1",
                kind="DEPOSIT",
                agreement_no=f"D-2019-{at:06}",
                opened_on="20190315",
                currency="CNY",
            )
            for at, no in enumerate(numbers, 1)
        ],
        "consent": [
            _row(no, "C-1", kind="MARKETING", decision=("GRANTED", "DENIED")[at % 2], decided_on=str(day))
            for at, no in enumerate(numbers)
        ],
        "channel_preference": [
            _row(no, "P-1", kind="SERVICE", channel="SMS", allowed="Y") for no in numbers[:4]
        ],
        "further_contact": [
            _row(no, "W-1", kind="EMERGENCY", reach=f"1390000{at:04}", contact_name="王建国")
            for at, no in enumerate(numbers[:3], 1)
        ],
        "expected_activity": [
            _row(no, "E-1", kind="DECLARED", as_of=str(day), yearly_amount="360000.00", yearly_count="120")
            for no in numbers[:3]
        ],
    }


def _judged(numbers: Sequence[str], day: date) -> dict[str, list[Line]]:
    """What people earn, what is thought of them, and what happened."""
    review = str(day + _YEAR)
    return {
        "income": [
            _row(no, "I-1", kind="DECLARED", as_of="20251231", annual_income=f"{180 + at * 25}000.00")
            for at, no in enumerate(numbers)
        ],
        "rating": [
            _row(no, "A-1", kind="AML", grade=str(at % 3 + 1), assessed_on=str(day), next_review_on=review)
            for at, no in enumerate(numbers)
        ],
        "customer_event": [
            _row(no, "V-1", kind="VISIT", happened_on=str(day), note="来访咨询个人住房贷款")
            for no in numbers[:3]
        ],
    }


def _special(numbers: Sequence[str], employers: Sequence[str], day: date) -> dict[str, list[Line]]:
    """Special information, all of it drafts."""
    return {
        "tax_certification": [_declaration(no, day) for no in numbers[:3]],
        "tax_residence": [
            _row(no, "T-1/USA", certification_no="T-1", country="USA", tin="536904399") for no in numbers[1:2]
        ],
        "investor_assessment": [_assessment(no, day) for no in numbers[:2]],
        "agency_agreement": [_agreement(no, day) for no in employers],
        "agency_handler": [_handler(no) for no in employers],
    }


_YEAR = timedelta(days=365)


def _row(number: str, slot: str, **columns: str) -> Line:
    """A row about the customer of a number."""
    return {"operation": "add", "source_system": SOURCE, "customer_no": number, "slot": slot, **columns}


def _declaration(number: str, day: date) -> Line:
    return _row(
        number,
        "T-1",
        certification_no="T-1",
        form_version="CN-2019",
        residency_status="CHINESE",
        signed_on=str(day),
        signed_as="SELF",
        self_cert="CRS901",
        due_diligence="CRS1201",
        account_type="CRS1101",
        joint_holders="1",
    )


def _assessment(number: str, day: date) -> Line:
    return _row(
        number,
        "Q-1",
        assessment_no="Q-1",
        regime="AM2018",
        as_of=str(day),
        financial_assets="6200000.00",
        assets_evidence="statement of holdings",
        experience_years="5",
        experience_evidence="account history",
    )


def _agreement(number: str, day: date) -> Line:
    return _row(
        number,
        "A-1",
        agreement_no="A-1",
        purpose="SALARY",
        settlement_account="6222021001122334455",
        begins_on=str(day),
        pay_day="10",
        batch_limit="500000.00",
    )


def _handler(number: str) -> Line:
    return _row(number, "A-1/1", agreement_no="A-1", handler_no="1", full_name="李文静", document_type="P01")


def _written(path: Path, layout_name: str, lines: Sequence[Line]) -> Path:
    layout = layout_named(layout_name)
    assert isinstance(layout, FacetLayout)  # noqa: S101 (one of those above)
    names = [name for name in layout.names if any(name in line for line in lines)]
    with create(path, layout.profile, names) as writer:
        writer.write([[line.get(name) for name in names] for line in lines])
    path.chmod(0o600)
    return path


def _documents(folder: Path, people: Sequence[Customer], at: datetime) -> None:
    """Scans as they come from a counter: a folder with a manifest."""
    with (folder / document_files.MANIFEST).open("w", newline="", encoding="utf-8") as file:
        manifest = csv.writer(file)
        manifest.writerow(document_files.COLUMNS)
        for place, person in enumerate(people):
            picture = folder / f"scan-{place}.png"
            _picture(f"SPECIMEN {place + 1:04}").save(picture)
            digest = sm3(picture.read_bytes()).hex()
            key = (person.source_system, person.source_key)
            manifest.writerow(
                [*key, "ID_FRONT", "", str(timezone.localtime(at).date()), "", picture.name, digest]
            )
    day = timezone.localtime(at).date()
    document_files.load_documents(document_files.loader(), folder, business_date=day, at=at)


def _picture(text: str) -> Image.Image:
    """A card that is nobody's."""
    made = Image.new("RGB", (640, 404), "white")
    pen = ImageDraw.Draw(made)
    pen.rectangle((8, 8, 632, 396), outline=(40, 90, 160), width=4)
    pen.rectangle((40, 60, 200, 250), fill=(205, 214, 228))
    pen.text((230, 80), text, fill="black", font_size=40)
    return made


def _hand_in(at: datetime) -> None:
    """One declaration is handed in by the clerk, so that a second person finds it waiting."""
    clerk = User.objects.filter(username="tax_clerk").first()
    draft: Any = (
        TaxCertification.objects.filter(tax_state="DRAFT", source_system=SOURCE).order_by("id").first()
    )
    if clerk is not None and draft is not None:
        tax.submit(staff_actor(clerk, at), draft.pk, draft.version, reason="demonstration", at=at)
