"""Two people changed the same row: what was, what is now, what the second one wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from mdm.backoffice.forms import clear_values, say, say_own
from mdm.bulk.tables import own_fields
from mdm.errors import Text
from mdm.history.models import SubjectModel

#: Names of the conflict form: the fields that are at stake, and the choice for each.
ONLY, CHOOSE = "only", "choose__"
NOW, MINE = "now", "mine"


@dataclass(frozen=True, slots=True)
class Contested:
    """One field at stake; `before` and `now` are masked, `mine` is what the reader typed."""

    name: str
    label: Text
    before: str
    now: str
    mine: str
    clash: bool


def compare(
    row: SubjectModel, base: Mapping[str, Any], wanted: Mapping[str, Any], profile: str
) -> list[Contested]:
    """Each wanted change against the row as it stands; a clash where the other person changed it too."""
    now = clear_values(row)
    model = type(row)
    return [
        Contested(
            field.attname,
            field.verbose_name,
            say(model, field, base.get(field.attname), base, profile),
            say(model, field, now[field.attname], now, profile),
            say_own(model, field, wanted[field.attname]),
            (base.get(field.attname) or None) != (now[field.attname] or None),
        )
        for field in own_fields(model)
        if field.attname in wanted
    ]


def chosen(posted: QueryDict, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes, narrowed by an answered conflict form to the fields for which it says “mine”."""
    if ONLY not in posted:
        return dict(changes)
    mine = {name for name in posted.getlist(ONLY) if posted.get(CHOOSE + name) == MINE}
    return {name: value for name, value in changes.items() if name in mine}


def carried(posted: QueryDict) -> list[tuple[str, str]]:
    """What the conflict form sends again: the form as it was typed; only the fields at stake will count."""
    return [
        (name, str(posted[name]))
        for name in posted
        if name not in ("csrfmiddlewaretoken", "version", ONLY) and not name.startswith(CHOOSE)
    ]
