"""Steps that tests of consolidation share: records of two people, runs, merges by hand."""

from collections.abc import Callable
from datetime import timedelta

from consolidation.services.matching import Consolidated, consolidate
from consolidation.services.membership import Joined
from consolidation.services.merging import Grounds, merge
from customers.models import Customer
from mdm.subjects import Bundle, Row
from tests.consolidation.matching.building import CITIZEN
from tests.factories.customers import DAY, person, stamp
from tests.factories.security import NOW, everything

LATER = NOW + timedelta(hours=1)


def told(key: str, name: str = "欧阳知远", number: str = "11010519491231002X", **facets: list[Row]) -> Bundle:
    """A record of somebody with a document; one number and name are one person."""
    credential = {"slot": "P01", "type": "P01", "number": number, "issuing_country": "CHN"}
    bundle = person(key)
    bundle.facets["customer_name"] = [{"slot": "LEGAL", "kind": "LEGAL", "full_name": name}]
    bundle.facets["credential"] = [{**credential, "is_primary": True}]
    bundle.facets |= facets
    return bundle


def another_person(key: str) -> Bundle:
    """A record of somebody else altogether: other name, number and sex, no more told."""
    bundle = told(key, "司马青云", CITIZEN)
    bundle.facets["person_profile"] = [{"sex": "M", "nationality": "CHN"}]
    for facet in ("phone", "email", "address"):
        del bundle.facets[facet]
    return bundle


def run(*, full: bool = False, tell: Callable[[int, int], None] = lambda _done, _total: None) -> Consolidated:
    return consolidate(everything("desk"), business_date=DAY, full=full, at=LATER, tell=tell)


def joined(*groups: tuple[int, ...]) -> list[Joined]:
    """Groups merged by hand, on evidence that is not told."""
    act = stamp(everything("desk"), at=LATER)
    return merge(everything("desk"), [Grounds(group, "M03", "1", 1.0) for group in groups], act)


def golden(customer_id: int) -> int:
    return Customer.objects.values_list("golden_id", flat=True).get(pk=customer_id) or customer_id
