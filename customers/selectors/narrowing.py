"""Narrowing whom a name has found by what else is known of them.

Birth date, place and branch are compared in the database. Ends and beginnings of numbers are sealed and have no index,
so that nobody can count them: they are compared for the few that are left, and for nobody beyond these. A field that
is hidden from the reader narrows to nobody: whoever may not see it cannot ask for it either.
"""

from collections.abc import Callable, Mapping, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Address, Customer, PersonProfile
from customers.rules.search_text import Piece, born, places, stem
from customers.selectors.gathering import gather_each
from mdm.errors import Text
from mdm.history.models import Status
from security.access.actor import Actor

#: Whom a name finds at most before they are narrowed.
MOST = 1_000
#: Of how many at most numbers are opened to be compared.
OPENED = 200
#: What each piece is read as.
LABELS: Mapping[str, Text] = {
    "born": _("born %s"),
    "ends": _("number ending in %s"),
    "phone": _("telephone beginning with %s"),
    "place": _("in %s"),
    "branch": _("branch %s"),
    "year_or_ends": _("born %(text)s or number ending in %(text)s"),
}
#: The fields that a piece asks for, of which one at least must not be hidden from the reader.
_NUMBERS = (("credential", "number"), ("phone", "number"))
_ASKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "born": (("person_profile", "birth_date"),),
    "place": (("address", "region_code"), ("address", "city")),
    "ends": _NUMBERS,
    "phone": _NUMBERS[1:],
}
#: What is read of each of them: whose rows are theirs, and what decides how the reader sees them.
_TOLD = ("members", "org__code", "org_path", "scope_tags", "guarded")
Golden = Mapping[int, Customer]


def label(piece: Piece) -> str:
    """How a piece was read, in words."""
    text = str(LABELS[piece.kind])
    return text % ({"text": piece.value} if piece.kind == "year_or_ends" else piece.value)


def narrowed_by(actor: Actor, ids: Sequence[int], known: Sequence[Piece]) -> tuple[list[int], bool]:
    """Which of some golden customers everything known is true of, inside `in_scope`; and whether more might be, were
    they not too many to compare."""
    golden = Customer.objects.select_related("org").only(*_TOLD).in_bulk(list(ids))
    cheap = [piece for piece in known if piece.kind in _CLEAR]
    for piece in cheap:
        golden = _only(golden, _seen(actor, golden, piece.kind, _CLEAR[piece.kind](golden, piece.value)))
    dear = [piece for piece in known if piece.kind not in _CLEAR]
    many = bool(dear) and len(golden) > OPENED
    for piece in dear:
        few = dict(list(golden.items())[:OPENED])
        golden = _only(few, _numbered(actor, few, piece))
    return [pk for pk in ids if pk in golden], many


def _only(golden: Golden, found: set[int]) -> dict[int, Customer]:
    return {pk: row for pk, row in golden.items() if pk in found}


def _seen(actor: Actor, golden: Golden, kind: str, found: set[int]) -> set[int]:
    """Those of whom the reader sees at least one of the fields that were asked for."""
    asks = _ASKS.get(kind)
    if asks is None:
        return found
    return {pk for pk in found if any(not actor.sight(golden[pk]).hides(*ask) for ask in asks)}


def _owners(golden: Golden) -> dict[int, int]:
    return {member: pk for pk, row in golden.items() for member in (pk, *row.members)}


def _born(golden: Golden, text: str) -> set[int]:
    days, owners = born(text), _owners(golden)
    if days is None:
        return set()
    rows = PersonProfile.objects.filter(customer_id__in=owners, status=Status.ACTIVE, birth_date__range=days)
    return {owners[pk] for pk in rows.values_list("customer_id", flat=True)}


def _placed(golden: Golden, text: str) -> set[int]:
    owners, name = _owners(golden), stem(text)
    at = Q(city__istartswith=name) | Q(province__istartswith=name) | Q(district__istartswith=name)
    for begins in places(text):
        at |= Q(region_code__startswith=begins)
    rows = Address.objects.filter(at, customer_id__in=owners, status=Status.ACTIVE)
    return {owners[pk] for pk in rows.values_list("customer_id", flat=True)}


def _branched(golden: Golden, text: str) -> set[int]:
    return {pk for pk, row in golden.items() if row.org.code.upper() == text.upper()}


_CLEAR: Mapping[str, Callable[[Golden, str], set[int]]] = {
    "born": _born,
    "place": _placed,
    "branch": _branched,
}


def _numbered(actor: Actor, golden: Golden, piece: Piece) -> set[int]:
    """Those one of whose numbers ends or begins so; a year may be that of the birth instead."""
    families = {pk: (pk, *row.members) for pk, row in golden.items()}
    gathered = gather_each(families, {facet for facet, _field in _NUMBERS})
    asks = _ASKS["phone" if piece.kind == "phone" else "ends"]
    found = {
        pk
        for pk, row in golden.items()
        for facet, name in asks
        if not actor.sight(row).hides(facet, name)
        and any(_fits(piece, str(told[name] or "")) for told in gathered[pk].get(facet, []))
    }
    if piece.kind == "year_or_ends":
        found |= _seen(actor, golden, "born", _born(golden, piece.value))
    return found


def _fits(piece: Piece, number: str) -> bool:
    if piece.kind == "phone":
        return number.removeprefix("+86").removeprefix("+").startswith(piece.value)
    return number.upper().endswith(piece.value)
