"""How long a document is kept: by its class, from the end of the relation or of the document itself (domain 5.6)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from mdm.conf import conf


@dataclass(frozen=True, slots=True)
class Keeping:
    """A class of retention: years, and whether they begin when the relation ends or when the document does."""

    years: int
    from_relation: bool = True


#: Identity, due diligence, beneficial owners: as the customer's data (the revised AML law: ten years).
IDENTITY: Final = Keeping(conf.retention_years)
#: Papers of business: the accounting archives' thirty years.
BUSINESS: Final = Keeping(30)
#: Consents: three years from the end of the consent that they prove.
CONSENT: Final = Keeping(3, from_relation=False)
#: Pictures of faces: gone once their purpose is over (PIPL 47), which is when the document ends.
BIOMETRIC: Final = Keeping(0, from_relation=False)

#: Kinds of documents (code list `document_kind`) with a class of their own; all others are IDENTITY.
CLASSES: Final = {
    "AGREEMENT": BUSINESS,
    "MANDATE": BUSINESS,
    "SEAL": BUSINESS,
    "CONSENT": CONSENT,
    "PORTRAIT": BIOMETRIC,
}


def keeping_of(kind: str) -> Keeping:
    """The class of a kind of document."""
    return CLASSES.get(kind, IDENTITY)


def kept_until(kind: str, document_ended: date | None, relation_ended: date | None) -> date | None:
    """The first day on which the content may go; None while what its time counts from has not ended.

    A relation that is over ends its documents too.
    """
    keeping = keeping_of(kind)
    ended = relation_ended if keeping.from_relation else document_ended or relation_ended
    return None if ended is None else years_after(ended, keeping.years)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 1 March for a 29 February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
