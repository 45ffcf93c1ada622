"""Rules that every door keeps, files among them: what one row, or one declaration, may not say."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _

from customers.rules.retention import ENDED
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import Text
from mdm.quality.rules import FINE, Audience, Context, Dimension, Flaw, RowRule, Severity
from mdm.subjects import Row
from special_info.rules import residence, statement
from special_info.rules.declaration import Declaration
from special_info.rules.states import pays

#: The rows of a facet by its name.
RowsOf = Callable[[str], list[Row]]
#: States in which a declaration has to be whole.
_WHOLE = frozenset({"SUBMITTED", "APPROVED"})


def gathered(head: Row, rows: RowsOf, *, person: bool) -> Declaration:
    """A head with the residences and persons of its number."""
    number = head.get("certification_no")

    def of(facet: str) -> list[Row]:
        return [row for row in rows(facet) if row.get("certification_no") == number]

    return Declaration(head, of("tax_residence"), of("controlling_person"), person)


def _residence(row: Row, context: Context) -> Sequence[Flaw]:
    person = bool(row.get("person_no")) or context.bundle.party_type in PERSON_TYPES
    return [Flaw(name, residence.text(code)) for code, name in residence.row_faults(row, person=person)]


def _whole(row: Row, context: Context) -> Sequence[Flaw]:
    """What keeps a declaration that a source calls submitted or approved from being that."""
    if row.get("tax_state") not in _WHOLE:
        return FINE
    told = gathered(row, context.bundle.rows, person=context.bundle.party_type in PERSON_TYPES)
    found = statement.faults(told, context.business_date)
    return [Flaw(fault.field, fault.text) for fault in found if fault.facet == "tax_certification"]


def _one_in_force(row: Row, context: Context) -> Sequence[Flaw]:
    """The last declaration in force is the one; those before it ought to be superseded."""
    if row.get("tax_state") != "APPROVED":
        return FINE
    others = [one for one in context.bundle.rows("tax_certification") if one.get("tax_state") == "APPROVED"]
    return FINE if others[-1] is row else (Flaw("tax_state"),)


def _unjustified(row: Row, _context: Context) -> Sequence[Flaw]:
    """A declaration in force whose conflicts nobody explained."""
    failed = row.get("tax_state") == "APPROVED" and row.get("reasonableness") == "FAILED"
    return (Flaw("reasonableness"),) if failed else FINE


def _part_of(row: Row, context: Context) -> Sequence[Flaw]:
    """Residences and controlling persons belong to a declaration that is there."""
    number = row.get("certification_no")
    heads = context.bundle.rows("tax_certification")
    return (
        FINE if any(head.get("certification_no") == number for head in heads) else (Flaw("certification_no"),)
    )


def _rule(
    code: str,
    dimension: Dimension,
    message: Text,
    check: object,
    facets: tuple[str, ...] = (),
    severity: Severity = Severity.WARN,
    audience: Audience = Audience.ALL,
) -> RowRule:
    return RowRule(code, dimension, severity, facets, message, check, audience=audience)  # type: ignore[arg-type]


def _ahead_of(first: str, later: str) -> object:
    def check(row: Row, _context: Context) -> Sequence[Flaw]:
        one, other = row.get(first), row.get(later)
        return (Flaw(later),) if one and other and other < one else FINE

    return check


def _pay_day(row: Row, _context: Context) -> Sequence[Flaw]:
    day = row.get("pay_day")
    return FINE if day is None or 1 <= int(day) <= 31 else (Flaw("pay_day"),)


def _paying_closed(row: Row, context: Context) -> Sequence[Flaw]:
    over = context.bundle.first("customer").get("lifecycle_status") in ENDED
    return (Flaw("agency_state"),) if over and pays(row) else FINE


def _identified(row: Row, _context: Context) -> Sequence[Flaw]:
    return [Flaw(name) for name in ("document_number", "document_expiry") if not row.get(name)]


def _employer(_row: Row, _context: Context) -> Sequence[Flaw]:
    return (Flaw("agreement_no"),)


_HEAD = ("tax_certification",)
_VALID, _ALL_THERE, _AGREE = Dimension.VALIDITY, Dimension.COMPLETENESS, Dimension.CONSISTENCY
RULES = (
    _rule("V60", _VALID, _("The tax residence is not told as it must be."), _residence, ("tax_residence",)),
    _rule("C60", _ALL_THERE, _("The self-certification lacks something."), _whole, _HEAD),
    _rule("K60", _AGREE, _("Two self-certifications are in force."), _one_in_force, _HEAD),
    _rule(
        "K61",
        _AGREE,
        _("What conflicts with the self-certification is not explained."),
        _unjustified,
        _HEAD,
        severity=Severity.BLOCK,
    ),
    _rule(
        "K62",
        _AGREE,
        _("There is no self-certification of this number."),
        _part_of,
        ("tax_residence", "controlling_person"),
    ),
    _rule(
        "V61",
        _VALID,
        _("The agreement ends before it begins."),
        _ahead_of("begins_on", "ends_on"),
        ("agency_agreement",),
    ),
    _rule(
        "K04.agency",
        _AGREE,
        _("The customer is closed, the agreement is not."),
        _paying_closed,
        ("agency_agreement",),
    ),
    _rule(
        "C04.handler",
        _ALL_THERE,
        _("Who hands in payments is not identified: number and validity of the document."),
        _identified,
        ("agency_handler",),
    ),
    _rule("V62", _VALID, _("A month has 1 to 31 days."), _pay_day, ("agency_agreement",)),
    _rule(
        "K63",
        _AGREE,
        _("Only an organisation pays people through the bank."),
        _employer,
        ("agency_agreement",),
        severity=Severity.BLOCK,
        audience=Audience.PERSONS,
    ),
)
