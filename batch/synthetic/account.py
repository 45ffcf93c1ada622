"""What the bank itself says of a customer: since when, how they stand, which segment they are in."""

from collections.abc import Sequence

from batch.synthetic.calendar import day_text
from batch.synthetic.chance import Chance

#: The columns of one customer of the core file; a column that is not there is empty.
Fields = dict[str, str]

PERSON_SEGMENTS = ("MASS",) * 84 + ("AFFLUENT",) * 13 + ("PRIVATE",) * 3
ORGANISATION_SEGMENTS = ("SMALL_BUSINESS",) * 90 + ("KEY_ACCOUNT",) * 10
_STATUSES = ("ACTIVE",) * 95 + ("DORMANT",) * 4 + ("CLOSED",)
#: Days in which the bank opened the accounts: about twenty years.
_DAYS = 7_300


def account(chance: Chance, today: int, age_in_days: int, segments: Sequence[str]) -> Fields:
    """Status, segment and dates of a relation with a customer of that age; `today` as `date.toordinal`."""
    opened = chance.below(min(_DAYS, age_in_days) + 1)
    changed = chance.below(opened + 1)
    hour, minute = divmod(480 + chance.below(600), 60)
    return {
        "opened_on": day_text(today - opened),
        "status": chance.pick(_STATUSES),
        "segment": chance.pick(segments),
        "last_updated": f"{day_text(today - changed)}{hour:02}{minute:02}00",
    }
