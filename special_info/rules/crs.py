"""What CRS 3.0 asks of every account, without any default (domain 1.8; urn:oecd:ties:crs:v3).

A sentinel (CRS900 and the like) says “not reported” and holds for periods to 2025 only: from report year 2026
each field is really collected. A default would assert diligence that nobody did; so what is missing is refused.
"""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.subjects import Row
from special_info.rules.declaration import Declaration, Fault

#: The first report year in which a sentinel is not accepted.
COLLECTED_FROM = 2026
SENTINELS = frozenset({"CRS900", "CRS1000", "CRS1100", "CRS1200"})
MOST_HOLDERS = 200
_HEAD = ("self_cert", "due_diligence", "account_type")
_CONTROL = ("self_cert", "control_type")

_MISSING: Text = _("CRS asks for this; nothing is assumed in its place.")
_SENTINEL: Text = _("From 2026 on this has to be told.")
_HOLDERS: Text = _("An account has 1 to 200 holders.")


def faults(told: Declaration, day: date) -> Iterator[Fault]:
    """Which fields of CRS 3.0 are missing or sentinels, for the report year of `day`."""
    for name in _HEAD:
        yield from _field(told.head, name, "tax_certification", 0, day)
    if _reportable_entity(told):
        yield from _field(told.head, "holder_type", "tax_certification", 0, day)
    holders = told.head.get("joint_holders")
    if holders is None:
        yield Fault("crs.missing", _MISSING, "joint_holders")
    elif not 1 <= holders <= MOST_HOLDERS:
        yield Fault("crs.holders", _HOLDERS, "joint_holders")
    for place, row in enumerate(told.persons if told.passive else ()):
        for name in _CONTROL:
            yield from _field(row, name, "controlling_person", place, day)


def _field(row: Row, name: str, facet: str, place: int, day: date) -> Iterator[Fault]:
    value = row.get(name)
    if not value:
        yield Fault("crs.missing", _MISSING, name, facet, place)
    elif value in SENTINELS and day.year >= COLLECTED_FROM:
        yield Fault("crs.sentinel", _SENTINEL, name, facet, place)


def _reportable_entity(told: Declaration) -> bool:
    """Entities that are, or are controlled by, somebody reportable say which of the two."""
    foreign = told.head.get("residency_status") in ("FOREIGN", "BOTH")
    controlled = any(row.get("residency_status") in ("FOREIGN", "BOTH") for row in told.persons)
    return not told.person and (foreign or (told.passive and controlled))
