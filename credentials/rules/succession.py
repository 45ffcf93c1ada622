"""Which document may come in the place of which: renewed, replaced, or the same holder's number in a newer form."""

from django.utils.translation import gettext_lazy as _

from credentials.rules.formats import is_weak, normalise
from credentials.rules.recognition import equivalents
from mdm.errors import Text

#: Type -> newer types of the same holder's number. The 15 digits of a citizen became 18 of the same type.
UPGRADES: dict[str, frozenset[str]] = {
    "P01": frozenset({"P01"}),
    "P02": frozenset({"P01"}),
    "P03": frozenset({"P01"}),
    "P07": frozenset({"P07"}),
    "P09": frozenset({"P10"}),
    "O02": frozenset({"O01"}),
    "O03": frozenset({"O01"}),
    "O04": frozenset({"O01"}),
}
#: Pairs whose numbers say nothing of one another: the person at the counter saw both papers.
_UNRELATED = frozenset({("O03", "O01")})

REFUSALS: dict[str, Text] = {
    "credential.other_type": _("A document of this type does not come in the place of the other."),
    "credential.other_number": _("The number does not belong to the same holder as the old one."),
    "credential.not_later": _("A renewed document is valid longer than the old one."),
}


def refusal(how: str, old: tuple[str, str], new: tuple[str, str]) -> str | None:
    """The code under which a successor is refused, by type and number of both; None where it may come."""
    if how == "UPGRADED":
        return _upgrade(old, new)
    if old[0] != new[0]:
        return "credential.other_type"
    return None if is_weak(new[0]) or _normal(old) == _normal(new) else "credential.other_number"


def _upgrade(old: tuple[str, str], new: tuple[str, str]) -> str | None:
    if new[0] not in UPGRADES.get(old[0], frozenset()):
        return "credential.other_type"
    return None if (old[0], new[0]) in _UNRELATED or _same_holder(old, new) else "credential.other_number"


def _same_holder(old: tuple[str, str], new: tuple[str, str]) -> bool:
    """Whether one number leads to the other (GB 11643, GB 32100), or both to the same hint (permanent residence)."""
    one, other = _normal(old), _normal(new)
    if one == other:
        return False
    from_old = {(e.type, e.number) for e in equivalents(old[0], one)}
    from_new = {(e.type, e.number) for e in equivalents(new[0], other)}
    return (new[0], other) in from_old or (old[0], one) in from_new or bool(from_old & from_new)


def _normal(document: tuple[str, str]) -> str:
    return normalise(document[0], document[1])
