"""Residences with their numbers: exactly one of number and reason for each jurisdiction but the home one."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.subjects import Row
from special_info.rules import tin
from special_info.rules.declaration import HOME, Declaration, Fault

#: Reasons that say nothing without an explanation (B: compulsory by the Chinese form; B1, B2 by practice).
EXPLAINED = frozenset({"B", "B1", "B2"})
#: How many jurisdictions a form has room for; others take five.
ROOM = {"CN-2017": 3, "CN-2019": 3, "HK": 4}
MOST = 5

_TEXTS: dict[str, Text] = {
    "residence.country": _("Name the jurisdiction."),
    "residence.neither": _("Tell the TIN, or why there is none."),
    "residence.both": _("Tell the TIN or a reason, not both."),
    "residence.unexplained": _("This reason needs an explanation."),
    "residence.tin": _("This is no TIN of this jurisdiction."),
    "residence.placeholder": _("This number only stands in for one."),
    "residence.twice": _("This jurisdiction is told twice."),
    "residence.too_many": _("The form has no room for so many jurisdictions."),
    "residence.missing": _("Tell the jurisdictions of tax residence."),
    "residence.home_only": _("Who is tax resident in China only has no other jurisdiction."),
    "residence.not_home": _("A non-resident does not name China."),
    "residence.home_missing": _("Resident of China and elsewhere: tell the other jurisdiction."),
    "residence.issued": _("This jurisdiction issues TINs: reason A does not fit."),
}


def faults(told: Declaration, person_no: str, status: str, *, person: bool) -> Iterator[Fault]:
    """What is wrong with the residences of the holder (`person_no` "") or of a controlling person."""
    rows = told.residences_of(person_no)
    for place, row in rows:
        yield from (_at(place, code, name) for code, name in row_faults(row, person=person))
    yield from _together(told, [(p, r) for p, r in rows if r.get("country")], person_no, status)


def row_faults(row: Row, *, person: bool) -> Iterator[tuple[str, str]]:
    """(code, field) of what is wrong with one residence."""
    country, number, reason = (str(row.get(n) or "") for n in ("country", "tin", "no_tin_reason"))
    if not country:
        yield "residence.country", "country"
    if number and reason:
        yield "residence.both", "no_tin_reason"
    if not number and not reason and country != HOME:
        yield "residence.neither", "tin"
    if reason in EXPLAINED and not row.get("explanation"):
        yield "residence.unexplained", "explanation"
    if number and tin.placeholder(number):
        yield "residence.placeholder", "tin"
    elif number and tin.check(country, number, person=person) == tin.WRONG:
        yield "residence.tin", "tin"


def _together(told: Declaration, rows: list[tuple[int, Row]], person_no: str, status: str) -> Iterator[Fault]:
    countries = [row["country"] for _place, row in rows]
    for place, row in rows:
        if countries.index(row["country"]) != [p for p, _r in rows].index(place):
            yield _at(place, "residence.twice", "country")
    if len(set(countries)) > ROOM.get(str(told.head.get("form_version")), MOST):
        yield _at(rows[-1][0], "residence.too_many", "country")
    yield from _fits(rows, set(countries), person_no, status, told)


def _fits(
    rows: list[tuple[int, Row]], countries: set[str], person_no: str, status: str, told: Declaration
) -> Iterator[Fault]:
    """Whether the jurisdictions say what the statement says."""
    abroad = [(place, row) for place, row in rows if row["country"] != HOME]
    if status == "CHINESE" and abroad:
        yield _at(abroad[0][0], "residence.home_only", "country")
    if status in ("FOREIGN", "BOTH") and not abroad:
        code = "residence.home_missing" if status == "BOTH" else "residence.missing"
        yield _of(told, person_no, code)
    if status == "FOREIGN" and HOME in countries:
        yield _at(next(p for p, r in rows if r["country"] == HOME), "residence.not_home", "country")


def doubts(rows: Iterable[Row]) -> list[str]:
    """Jurisdictions told with reason A that do issue numbers, as far as is known: a doubt, not a fault."""
    return [
        str(row["country"])
        for row in rows
        if row.get("no_tin_reason") == "A"
        and row.get("country") in tin.jurisdictions()
        and row["country"] not in tin.NO_TIN
    ]


def text(code: str) -> Text:
    """What a code of this module says."""
    return _TEXTS[code]


def _at(place: int, code: str, name: str) -> Fault:
    return Fault(code, _TEXTS[code], name, "tax_residence", place)


def _of(told: Declaration, person_no: str, code: str) -> Fault:
    """A fault of the statement itself: of the head, or of a controlling person."""
    if not person_no:
        return Fault(code, _TEXTS[code], "residency_status")
    place = next(i for i, row in enumerate(told.persons) if row.get("person_no") == person_no)
    return Fault(code, _TEXTS[code], "residency_status", "controlling_person", place)
