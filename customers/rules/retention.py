"""How long a customer's data is kept after the relation has ended (domain 5.6), and what holds it beyond that."""

from datetime import date

from customers.rules.document import years_after
from mdm.conf import conf

#: States in which the relation is over. Of some it never began: applicants who were refused or stepped back.
ENDED = frozenset({"CLOSED", "DECEASED", "DISSOLVED"})
NEVER_BEGAN = frozenset({"REJECTED", "WITHDRAWN"})
#: Years for which an applicant's data is kept.
APPLICANT_YEARS = 1
#: Restrictions that say something of the customer and do not hold its data: all others do.
HOLDS_NOTHING = frozenset({"AML_INCOMPLETE", "DECEASED", "EXPIRED_ID"})


def over(lifecycle_status: str) -> bool:
    """Whether a customer in this state is one no more."""
    return lifecycle_status in ENDED | NEVER_BEGAN


def kept_until(lifecycle_status: str, ended_on: date) -> date:
    """The first day on which the data may go."""
    years = APPLICANT_YEARS if lifecycle_status in NEVER_BEGAN else conf.retention_years
    return years_after(ended_on, years)
