"""How complete a customer is, subject by subject: what the rules ask for, and what of it is there.

Nothing is listed here: the apps tell what their rules ask (`registry.expectations`: the elements against money
laundering, the attributes the bank wants); an open issue of the dimension completeness adds what a rule misses besides.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from customers.selectors.gathering import Whole
from mdm.quality.rules import Dimension, Severity, book
from mdm.subjects import Expected, Row, Subject, registry

Json = dict[str, Any]


def asked_of(whole: Whole, day: date) -> list[Expected]:
    """All that is asked of a customer on a day."""
    asked = [one for more in registry.expectations for one in more(whole.rows, day)]
    lacking = {one.facet for one in asked if not one.there}
    return [*asked, *_missed(issue for issue in whole.issues if issue["facet"] not in lacking)]


def _missed(issues: Iterable[Row]) -> list[Expected]:
    """What open issues miss; where something asked is not there already, they tell it again and are left out."""
    rules = {(issue["facet"], issue["rule"]): book.rules.get(issue["rule"]) for issue in issues}
    return [
        Expected(facet, rule.message, False)
        for (facet, _code), rule in rules.items()
        if rule and rule.dimension is Dimension.COMPLETENESS and rule.severity is not Severity.INFO
    ]


def completeness(subject: Subject, asked: Sequence[Expected]) -> Json:
    """Of one subject: how much is asked, how much of it is there, and what is not."""
    names = {facet.name for facet in subject.facets}
    mine = [one for one in asked if one.facet in names]
    missing = [{"facet": one.facet, "label": str(one.label)} for one in mine if not one.there]
    return {"asked": len(mine), "there": len(mine) - len(missing), "missing": missing}
