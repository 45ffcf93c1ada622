"""Since when an entry is in force: told with its values, beside its own fields."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from mdm.bulk.stamp import Stamp
from mdm.errors import FieldError, Invalid
from mdm.history.models import SINCE
from mdm.subjects import Row


def dated(values: Row, stamp: Stamp) -> tuple[Row, Row]:
    """Since when a row is to be in force (a day, None for ever; empty where it is not told), and the other values.
    Invalid `since.ahead` for a day that has not come."""
    others = {name: value for name, value in values.items() if name != SINCE}
    told = values.get(SINCE)
    day = date.fromisoformat(told) if isinstance(told, str) else told
    if day is not None and day > stamp.business_date:
        text = _("Nobody knows yet what will be in force then: enter it when the day has come.")
        raise Invalid("since.ahead", text, [FieldError(f"/{SINCE}", "since.ahead", text)])
    return ({SINCE: day} if SINCE in values else {}), others
