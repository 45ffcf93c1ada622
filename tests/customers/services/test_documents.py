"""Documents: what goes in comes out, once, to who may see it and as much as it may; whoever touches it is found out."""

import io
from dataclasses import replace as but
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from customers.models import Customer, Document
from customers.rules.number import customer_id
from customers.selectors import documents as reading
from customers.selectors.panorama import panorama
from customers.services import documents, facets
from customers.services.documents import Told, Upload, upload
from customers.services.opening import clear_page, open_document, original
from customers.services.revealing import Why
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, ServiceError, Stale, Unavailable
from mdm.storage.models import StoredObject
from security.access.actor import Actor
from security.content import admission
from security.models import OperationLog, Reveal, Role
from tests.factories import documents as made
from tests.factories.customers import bank, company, past_of, person, stored, the_row
from tests.factories.security import branch, staff
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]
#: A Wednesday morning in Beijing.
AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
WHY = Why("AML", "case 12 asks for it")
FRONT = Told("ID_FRONT", "身份证")


@pytest.fixture
def number() -> str:
    bank()
    return Customer(pk=stored(person())).customer_no


@pytest.fixture
def teller(number: str) -> Actor:
    return staff("teller", "teller", org=branch("1100"))


@pytest.fixture
def officer(number: str) -> Actor:
    return but(staff("officer", "compliance", org=branch("1100")), channel="COUNTER")


def added(
    actor: Actor, number: str, data: bytes | None = None, told: Told = FRONT, at: datetime = AT
) -> Document:
    return upload(actor, number, told, Upload(data or made.jpeg()), reason="at the counter", at=at)


def actions(row: Document) -> list[str]:
    with database_role("engine"):
        log = OperationLog.objects.filter(subject="document", object_id=row.pk).order_by("pk")
        return list(log.values_list("action", flat=True))


def content(row: Document) -> bytes:
    with database_role("engine"):
        return reading.content_of(reading.edition_of(row, None))


# -- in and out ------------------------------------------------------------------------------------


def test_a_document_is_cleaned_kept_and_told_in_the_panorama(number: str, teller: Actor) -> None:
    row = added(teller, number)

    assert (row.media_type, row.edition, row.pages, row.version) == ("image/jpeg", 1, 1, 1)
    assert content(row) == admission.document(made.jpeg()).data
    kept = StoredObject.objects.get(pk=row.object_id)
    assert (kept.purpose, kept.file_name, kept.content_type) == ("documents", "", "image/jpeg")
    with translation.override("en"):
        subjects = panorama(teller, number, at=AT)["subjects"]
    (facet,) = [f for s in subjects for f in s["facets"] if f["name"] == "document"]
    assert [told["values"]["kind"]["text"] for told in facet["rows"]] == ["Identity document, front"]
    assert "身份证" not in str(facet)
    assert actions(row) == ["document.add"]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    colour=st.tuples(*[st.integers(0, 255)] * 3),
    form=st.sampled_from(["JPEG", "PNG"]),
)
def test_what_goes_in_comes_out(
    number: str, teller: Actor, size: tuple[int, int], colour: tuple[int, int, int], form: str
) -> None:
    data = made.saved(Image.new("RGB", size, colour), form)
    try:
        row = added(teller, number, data)
    except Duplicate:  # the same example again
        return
    assert content(row) == admission.document(data).data


def test_the_same_content_is_kept_once_for_one_customer_and_never_across(number: str, teller: Actor) -> None:
    other = Customer(pk=stored(company())).customer_no
    first = added(teller, number)
    again = added(teller, number, told=Told("OTHER"))
    elsewhere = added(teller, other, told=Told("LICENCE"))

    assert again.object_id == first.object_id != elsewhere.object_id
    with pytest.raises(Duplicate, match=r"document\.exists"):
        added(teller, number)


def test_editions_follow_one_another_and_stay(number: str, teller: Actor) -> None:
    row = added(teller, number)
    told: dict[str, Any] = {"reason": "a better scan", "at": AT + timedelta(minutes=1)}
    second = documents.replace(teller, number, row.pk, row.version, Upload(made.pdf(3)), **told)

    assert (second.edition, second.media_type, second.pages) == (2, "application/pdf", 3)
    found = reading.editions(teller, number, row.pk, at=AT)
    assert [(e.number, e.media_type, e.by, e.reason) for e in found] == [
        (2, "application/pdf", "teller", "a better scan"),
        (1, "image/jpeg", "teller", "at the counter"),
    ]
    assert [past.edition for past in past_of(second)] == [1, 2]
    assert reading.preview(teller, number, row.pk, edition=1, at=AT)
    with pytest.raises(Stale, match=r"row\.stale"):
        documents.replace(teller, number, row.pk, 1, Upload(made.png()), **told)
    with pytest.raises(Duplicate, match=r"document\.exists"):
        documents.replace(teller, number, row.pk, 2, Upload(made.pdf(3)), **told)


@pytest.mark.parametrize(("page", "edition"), [(2, None), (0, None), (1, 2), (1, 0)])
def test_a_page_that_is_not_there(number: str, teller: Actor, page: int, edition: int | None) -> None:
    row = added(teller, number)
    with pytest.raises(NotFound, match=r"document\.page"):
        reading.preview(teller, number, row.pk, page=page, edition=edition, at=AT)


# -- what it belongs to ----------------------------------------------------------------------------


def test_a_document_belongs_to_a_credential_of_its_customer(number: str, teller: Actor) -> None:
    own = the_row("credential", customer_id(number) or 0, "P01")
    row = added(teller, number, told=Told("ID_FRONT", about="credential", about_id=own.pk))

    assert [d.pk for d in reading.documents_about(teller, number, "credential", own.pk, at=AT)] == [row.pk]
    freed = documents.link(teller, number, row.pk, row.version, "", None, reason="wrong one", at=AT)
    assert (freed.about, freed.about_id) == ("", None)
    assert reading.documents_about(teller, number, "credential", own.pk, at=AT) == []


@pytest.mark.parametrize("about", ["credential", "case", "customer", "document", "nothing", ""])
def test_it_belongs_to_no_entry_of_another(number: str, teller: Actor, about: str) -> None:
    theirs = the_row("credential", stored(company()), "O01")
    with pytest.raises(Invalid, match=r"document\.about"):
        added(teller, number, told=Told("OTHER", about=about, about_id=theirs.pk))
    row = added(teller, number)
    with pytest.raises(Invalid, match=r"document\.about"):
        documents.link(teller, number, row.pk, row.version, "credential", theirs.pk, reason="x y", at=AT)
    with pytest.raises(Invalid, match=r"document\.about"):
        documents.link(teller, number, row.pk, row.version, "credential", None, reason="x y", at=AT)


def test_content_changes_by_no_form(number: str, teller: Actor) -> None:
    row, theirs = added(teller, number), stored(company())
    with pytest.raises(Invalid, match=r"field\.operated"):
        facets.change(teller, "document", row.pk, 1, {"object_id": theirs}, reason="x y", at=AT)
    with pytest.raises(Invalid, match=r"field\.operated"):
        facets.add(teller, number, "document", {"kind": "OTHER", "object_id": 1}, reason="x y", at=AT)
    with pytest.raises(Invalid, match=r"record\.refused"):
        facets.add(teller, number, "document", {"kind": "OTHER"}, reason="x y", at=AT)
    changed = facets.change(teller, "document", row.pk, 1, {"kind": "ID_BACK"}, reason="x y", at=AT)
    assert (changed.version, content(changed)) == (2, content(row))  # type: ignore[arg-type]


# -- who sees how much -----------------------------------------------------------------------------


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("L")


def sharpness(picture: Image.Image) -> float:
    """How much neighbouring points differ: text does, a blur does not."""
    moved = ImageChops.offset(picture, 3, 0)
    return (
        sum(n * v for v, n in enumerate(ImageChops.difference(picture, moved).histogram())) / picture.size[0]
    )


def test_what_is_seen_without_a_reason_is_masked_and_marked(number: str, teller: Actor) -> None:
    row = added(teller, number, made.png("11010519491231002X" * 2))
    other = added(teller, number, made.png("35042119880317101X" * 2), told=Told("OTHER"))

    one, two = (shown(reading.preview(teller, number, r.pk, at=AT)) for r in (row, other))
    later = shown(reading.preview(teller, number, row.pk, at=AT + timedelta(hours=1)))

    assert max(one.size) == 640
    assert ImageChops.difference(one, later).getbbox(), "the mark names the moment"
    # Two numbers look alike: what differs is less than what one mark differs from another.
    text = (0, one.height // 2, one.width, one.height)
    apart = ImageChops.difference(one.crop(text), two.crop(text)).getextrema()[1]
    assert apart < 24, apart
    assert actions(row) == ["document.add", "document.preview", "document.preview"]


def test_a_name_in_other_letters_is_marked_by_their_numbers() -> None:
    from security.content.viewing import mark_of

    assert mark_of("欧阳\nx", AT) == "U+6B27U+9633U+000Ax  2026-03-04 02:00:00Z"


def test_out_of_scope_there_is_nothing(number: str, teller: Actor) -> None:
    row, stranger = added(teller, number), staff("stranger", "teller", "compliance", org=branch("1200"))
    calls = [
        lambda: reading.preview(stranger, number, row.pk, at=AT),
        lambda: reading.editions(stranger, number, row.pk, at=AT),
        lambda: reading.documents_about(stranger, number, "", 0, at=AT),
        lambda: added(stranger, number),
        lambda: upload(stranger, number, FRONT, Upload(b"not even a file"), reason="x y", at=AT),
        lambda: documents.replace(stranger, number, row.pk, 1, Upload(b"x"), reason="x y", at=AT),
        lambda: documents.link(stranger, number, row.pk, 1, "", None, reason="x y", at=AT),
        lambda: documents.hold(stranger, number, row.pk, 1, reason="x y", at=AT),
        lambda: open_document(stranger, number, row.pk, WHY, at=AT),
    ]
    for call in calls:
        with pytest.raises(NotFound, match=r"customer\.unknown"):
            call()  # type: ignore[no-untyped-call]


def test_the_row_of_another_customer_is_not_under_this_one(number: str, teller: Actor) -> None:
    other = Customer(pk=stored(company())).customer_no
    row = added(teller, number)
    with pytest.raises(NotFound, match=r"row\.unknown"):
        reading.preview(teller, other, row.pk, at=AT)


def test_rights_are_asked_for(number: str, teller: Actor) -> None:
    row = added(teller, number)
    operator, clerk = staff("op", "operator"), staff("clerk", "tax_clerk", org=branch("1100"))
    for actor in (operator, clerk):
        with pytest.raises(NotAllowed, match=r"access\.denied"):
            reading.preview(actor, number, row.pk, at=AT)
        with pytest.raises(NotAllowed, match=r"access\.denied"):
            added(actor, number)
    for act in (documents.hold, documents.release):
        with pytest.raises(NotAllowed, match=r"access\.denied"):
            act(teller, number, row.pk, 1, reason="x y", at=AT)
    with pytest.raises(NotAllowed, match=r"access\.denied"):
        open_document(teller, number, row.pk, WHY, at=AT)


def test_a_role_that_hides_documents_sees_none(number: str, teller: Actor) -> None:
    row = added(teller, number)
    with database_role("owner"):
        Role.objects.filter(code="steward").update(hidden_fields=["document.*"])
    with pytest.raises(NotAllowed, match=r"access\.denied"):
        reading.preview(staff("steward", "steward", org=branch("1100")), number, row.pk, at=AT)


def test_clear_for_a_minute_with_a_reason(number: str, teller: Actor, officer: Actor) -> None:
    row = added(teller, number, made.png("11010519491231002X"))
    opened = open_document(officer, number, row.pk, WHY, at=AT)

    page = shown(clear_page(officer, opened.showing, 1, at=AT + timedelta(seconds=30)))
    masked = shown(reading.preview(officer, number, row.pk, at=AT))
    assert sharpness(page.crop((0, 300, 600, 360))) > 2 * sharpness(masked.crop((0, 300, 600, 360)))
    entry = Reveal.objects.get()
    assert (entry.facet, entry.row_id, entry.fields) == ("document", row.pk, ["content", "edition 1"])
    assert actions(row) == ["document.add", "clear.read", "document.page", "document.preview"]


def test_the_minute_ends_and_is_nobody_elses(number: str, teller: Actor, officer: Actor) -> None:
    row = added(teller, number)
    opened = open_document(officer, number, row.pk, WHY, at=AT)
    other = staff("other", "compliance", org=branch("1100"))

    for who, moment, page in ((officer, 66, 1), (other, 10, 1), (officer, -1, 1), (officer, 10, 2)):
        with pytest.raises(NotFound, match=r"document\.page"):
            clear_page(who, opened.showing, page, at=AT + timedelta(seconds=moment))
    with pytest.raises(Invalid, match=r"reveal\.reason"):
        open_document(officer, number, row.pk, Why("AML", "x"), at=AT)


def test_the_original_is_the_bytes_that_are_kept(number: str, teller: Actor, officer: Actor) -> None:
    row = added(teller, number, made.pdf())
    opened, data = original(officer, number, row.pk, WHY, at=AT)
    assert data == made.pdf() == content(row)
    assert opened.edition.size == len(data)
    assert actions(row) == ["document.add", "clear.read", "document.original"]


# -- whoever touches it ----------------------------------------------------------------------------


def tampered(row: Document, change: Any) -> ServiceError:
    """What reading says once the stored bytes have been changed."""
    name = StoredObject.objects.get(pk=row.object_id).name
    with default_storage.open(name) as file:
        raw = bytearray(file.read())
    default_storage.delete(name)
    assert default_storage.save(name, ContentFile(bytes(change(raw)))) == name
    with pytest.raises(ServiceError) as caught:
        content(row)
    return caught.value


def flipped(at: int) -> Any:
    def change(raw: bytearray) -> bytearray:
        raw[at] ^= 1
        return raw

    return change


@pytest.mark.parametrize(
    "change",
    [
        *(flipped(at) for at in (0, 5, 10, 12, 500, -1)),
        lambda raw: raw[:-1],
        lambda raw: raw[:12],
        lambda raw: raw + b"\0",
        lambda raw: b"PSO1" + raw[4:],
        lambda raw: b"",
    ],
)
def test_a_touched_object_does_not_open(number: str, teller: Actor, change: Any) -> None:
    refused = tampered(added(teller, number), change)
    assert isinstance(refused, Unavailable)
    assert refused.code == "crypto.tampered"


def test_another_object_in_its_place_does_not_open(number: str, teller: Actor) -> None:
    row, other = added(teller, number), added(teller, number, made.png(), told=Told("OTHER"))
    with default_storage.open(StoredObject.objects.get(pk=other.object_id).name) as file:
        theirs = file.read()
    assert tampered(row, lambda raw: theirs).code == "crypto.tampered"


def test_neither_key_nor_digest_of_another_opens_it(number: str, teller: Actor) -> None:
    row, other = added(teller, number), added(teller, number, made.png(), told=Told("OTHER"))
    mine, theirs = (StoredObject.objects.get(pk=r.object_id) for r in (row, other))
    with database_role("owner"):
        StoredObject.objects.filter(pk=mine.pk).update(sm3=theirs.sm3)
        with pytest.raises(Unavailable, match=r"crypto\.tampered"):
            content(row)
        StoredObject.objects.filter(pk=mine.pk).update(sm3=mine.sm3)
        assert content(row)
        stolen = bytes(StoredObject.objects.values_list("object_key", flat=True).get(pk=theirs.pk))
        StoredObject.objects.filter(pk=mine.pk).update(object_key=stolen)
        with pytest.raises(Unavailable, match=r"crypto\.tampered"):
            content(row)
