"""Requests about duplicates in words: which two customers, what was found, and whether it still stands."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from consolidation.models import Merge, ReviewCase
from consolidation.models.decision import CaseState
from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.search import Hit, hits
from mdm.errors import Text
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Shown

VIEW = "customer.view"


def show_case_request(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """The decision that is proposed, and the two customers as the reader may see them."""
    before = str(_("one customer each"))
    same = request.facts.get("verdict") == CaseState.SAME
    after = str(_("one customer") if same else _("two customers for good"))
    case = ReviewCase.objects.filter(pk=request.facts["case"]).first()
    return _shown(request, actor, Line(_("Customers"), before, after, clash=_moved(request)), case)


def show_undo_request(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """The merge to be taken back, and the two customers."""
    line = Line(
        _("Customers"), str(_("one customer")), str(_("two customers for good")), clash=_moved(request)
    )
    return _shown(request, actor, line, Merge.objects.filter(pk=request.facts["merge"]).first())


def _shown(request: ChangeRequest, actor: Actor, line: Line, found: ReviewCase | Merge | None) -> Shown:
    seen = _seen(actor, [request.customer_id or 0, request.facts["other"]])
    lines = [line, *(_who(number, hit) for number, hit in seen.items())]
    if found is not None:
        said = f"{found.rule} · {found.score:.3f}"
        lines.append(Line(_("Found by"), said, said))
    return Shown(case_title(request), lines, about=customer_no(request.customer_id or 0))


def _who(number: str, hit: Hit | None) -> Line:
    told = " · ".join(filter(None, (hit.display_name, hit.credential, hit.org))) if hit else "—"
    return Line(number, told, told)


def _seen(actor: Actor, ids: list[int]) -> dict[str, Hit | None]:
    """Both customers as lists show them; nothing of one that the actor may not see."""
    if not actor.may(VIEW):
        return {customer_no(pk): None for pk in ids}
    with in_scope(actor, VIEW):
        rows = list(scoped(Customer.objects.select_related("org"), actor, VIEW).filter(pk__in=ids))
        own = [row for row in rows if row.golden_id is None]
        merged = [row for row in rows if row.golden_id is not None]
        shown = [*hits(actor, own), *hits(actor, merged)]
    by_id = {row.pk: hit for row, hit in zip([*own, *merged], shown, strict=True)}
    return {customer_no(pk): by_id.get(pk) for pk in ids}


def _moved(request: ChangeRequest) -> bool:
    """Whether one of the two was written since."""
    ids = {int(name.partition(":")[2]): version for name, version in request.versions.items()}
    now = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "version"))
    return any(now.get(pk) not in (None, version) for pk, version in ids.items())


def case_title(request: ChangeRequest) -> Text:
    """What is asked, without a look into the database."""
    if request.operation == "merge.undo":
        return _("Take a merge back")
    if request.facts.get("verdict") == CaseState.SAME:
        return _("Merge two customers")
    return _("Declare two customers different")


def no_fields(request: ChangeRequest) -> list[Text]:
    """Whom it is about instead of fields: the other customer's number."""
    return [customer_no(request.facts["other"])]
