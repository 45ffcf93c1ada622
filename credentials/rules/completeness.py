"""The elements that anti-money-laundering rules ask of a customer (domain 1.2, subject 1): nine of a natural person,
and their counterpart of an organisation. Each is there, missing, or there but run out."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from credentials.rules.standing import IDENTITY_TYPES, Document, mains, over
from customers.rules.relationship import in_force
from mdm.errors import Text
from mdm.quality.rules import Audience, audience_of
from mdm.subjects import Bundle, Expected, Row


class Element(NamedTuple):
    """One element: `state` is OK, MISSING or EXPIRED; `facet` is where it is entered."""

    code: str
    label: Text
    facet: str
    state: str


class _Asked(NamedTuple):
    code: str
    label: Text
    facet: str
    judge: Callable[[Bundle, date], str]


def _documents(bundle: Bundle) -> list[Document]:
    return [
        Document(
            row.get("type") or "",
            row.get("lifecycle_state") or "PENDING_VERIFY",
            row.get("expiry_date"),
            bool(row.get("is_primary")),
        )
        for row in bundle.rows("credential")
    ]


def _there(found: bool) -> str:
    return "OK" if found else "MISSING"


def _field(facet: str, *names: str) -> Callable[[Bundle, date], str]:
    """One of several fields of some row of a facet."""

    def judge(bundle: Bundle, _day: date) -> str:
        return _there(any(row.get(name) for row in bundle.rows(facet) for name in names))

    return judge


def _address(bundle: Bundle, _day: date) -> str:
    kinds = {"RESIDENCE", "WORK", "REGISTERED", "BUSINESS"}
    return _there(any(row.get("kind") in kinds and row.get("detail") for row in bundle.rows("address")))


def _contact(bundle: Bundle, _day: date) -> str:
    return _there(any(row.get("number") for row in bundle.rows("phone")) or bool(bundle.rows("email")))


def _registered(bundle: Bundle, _day: date) -> str:
    kinds = {"O01", "O02", "O03", "O04", "O06"}
    return _there(any(row.get("type") in kinds and row.get("number") for row in bundle.rows("credential")))


def _in_time(bundle: Bundle, day: date) -> str:
    """The validity of the documents that identify: told, and not over for all of them."""
    told = [one for one in mains(_documents(bundle)) if one.expiry is not None]
    if not told:
        return "MISSING"
    return "EXPIRED" if all(over(one.expiry, day) for one in told) else "OK"


def _identified(field: str) -> Callable[[Bundle, date], str]:
    def judge(bundle: Bundle, _day: date) -> str:
        rows = [row for row in bundle.rows("credential") if row.get("type") in IDENTITY_TYPES]
        return _there(any(row.get(field) for row in rows))

    return judge


def _related(*kinds: str) -> Callable[[Bundle, date], str]:
    def judge(bundle: Bundle, day: date) -> str:
        return _there(any(_names(row) for row in _relations(bundle, day, kinds)))

    return judge


def _agent(bundle: Bundle, day: date) -> str:
    """Somebody who may act: a customer, or a name with a document and its validity."""
    rows = _relations(bundle, day, ("AGENT",))
    if any(row.get("other_no") for row in rows):
        return "OK"
    ends = [row.get("other_document_expiry") for row in rows if row.get("other_document_number")]
    told = [end for end in ends if end is not None]
    if not told:
        return "MISSING"
    return "EXPIRED" if all(over(end, day) for end in told) else "OK"


def _relations(bundle: Bundle, day: date, kinds: Sequence[str]) -> list[Row]:
    return [row for row in bundle.rows("relationship") if row.get("kind") in kinds and in_force(row, day)]


def _names(row: Row) -> bool:
    return bool(row.get("other_no") or row.get("other_name"))


_PERSON = (
    _Asked("name", _("Name"), "customer_name", _field("customer_name", "full_name")),
    _Asked("sex", _("Sex"), "person_profile", _field("person_profile", "sex")),
    _Asked("nationality", _("Nationality"), "person_profile", _field("person_profile", "nationality")),
    _Asked("occupation", _("Occupation"), "person_profile", _field("person_profile", "occupation")),
    _Asked("address", _("Residence or work address"), "address", _address),
    _Asked("contact", _("Contact"), "phone", _contact),
    _Asked("document_type", _("Document type"), "credential", _identified("type")),
    _Asked("document_number", _("Document number"), "credential", _identified("number")),
    _Asked("document_validity", _("Validity of the document"), "credential", _in_time),
)
_ORGANISATION = (
    _Asked("name", _("Name"), "organisation_profile", _field("organisation_profile", "registered_name")),
    _Asked("address", _("Address"), "address", _address),
    _Asked(
        "scope", _("Business scope"), "organisation_profile", _field("organisation_profile", "business_scope")
    ),
    _Asked("registration", _("Registration and tax numbers"), "credential", _registered),
    _Asked("licence_validity", _("Validity of the licence"), "credential", _in_time),
    _Asked(
        "controller",
        _("Controlling shareholder or actual controller"),
        "relationship",
        _related("SHAREHOLDER", "CONTROLLER", "BENEFICIAL_OWNER"),
    ),
    _Asked("legal_rep", _("Legal representative"), "relationship", _related("LEGAL_REP")),
    _Asked("in_charge", _("Person in charge"), "relationship", _related("IN_CHARGE", "LEGAL_REP")),
    _Asked("agent", _("Authorised agent with a document"), "relationship", _agent),
)


def elements(bundle: Bundle, day: date) -> list[Element]:
    """The elements of one customer on a day, in the order of the rule."""
    asked = _PERSON if audience_of(bundle.party_type) is Audience.PERSONS else _ORGANISATION
    return [Element(one.code, one.label, one.facet, one.judge(bundle, day)) for one in asked]


def missing(rows: dict[str, list[Row]], day: date) -> list[str]:
    """The labels of the elements that are missing of one customer; what has run out is told by its document."""
    bundle = Bundle("", "", rows["customer"][0]["party_type"], rows)
    return [str(one.label) for one in elements(bundle, day) if one.state == "MISSING"]


def expected(rows: dict[str, list[Row]], day: date) -> list[Expected]:
    """The elements of one customer, from the rows in force of all its members; one that has run out is not there."""
    first = rows["customer"][0]
    bundle = Bundle(first["source_system"], first["source_key"], first["party_type"], rows)
    return [Expected(one.facet, one.label, one.state == "OK") for one in elements(bundle, day)]
