"""Why somebody sees a customer, or a field of it, or not: the grants, filters, exceptions and masks, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from security.access.actor import SEES_CUSTOMERS, Actor
from security.access.client import in_force
from security.access.rights import EVERYWHERE, Placed, Right
from security.access.sight import matches
from security.models import ApiClient, Grant, Organisation, User


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: what it is, whether it lets the user through, why."""

    what: str
    lets: bool
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a user sees a customer, how, and the steps that lead there."""

    sees: bool
    profile: str
    hidden: bool
    steps: tuple[Step, ...]

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        if not self.sees:
            return _("Does not see this customer: every page and answer says that there is none.")
        if self.hidden:
            return _("Sees the customer, but not this field, not even masked.")
        return _("Sees the customer, sensitive values masked by the profile “%s”.") % self.profile


def explain(
    user: User, actor: Actor, row: Placed, at: datetime, facet: str = "", field: str = ""
) -> Explanation:
    """Why `actor`, the actor of `user` at `at`, sees a customer or not, and how a field of it."""
    steps = [_account(user), *_client(user, at), *_grants(user, actor, row, at), *_exceptions(actor, row)]
    sees = actor.may_on(SEES_CUSTOMERS, row)
    sight = actor.sight(row)
    hidden = sees and bool(field) and sight.hides(facet, field)
    if sees:
        steps += _masks(actor, row, facet, field)
    return Explanation(sees, sight.profile, hidden, tuple(steps))


def _account(user: User) -> Step:
    why = (
        _("The account is open.") if user.is_active else _("The account is closed: it holds no right at all.")
    )
    return Step(_("account"), user.is_active, why)


def _client(user: User, at: datetime) -> Iterable[Step]:
    """What a client system needs besides: to be in force, and the scope."""
    for client in ApiClient.objects.select_related("user").filter(user=user):
        if not in_force(client, at):
            yield Step(_("client system"), False, _("The system is switched off or has expired."))
        elif SEES_CUSTOMERS not in client.scopes:
            yield Step(_("client system"), False, _("The scopes of the system do not let it see customers."))
        else:
            yield Step(_("client system"), True, _("The scopes of the system let it see customers."))


def _grants(user: User, actor: Actor, row: Placed, at: datetime) -> Iterable[Step]:
    """One step for each grant the user has or had, in force or not."""
    by_origin = {right.origin: right for right in actor.held(SEES_CUSTOMERS)}
    given = list(user.grants.select_related("role", "org").order_by("pk"))
    for grant in given:
        told = _("role %(role)s at %(branch)s") % {"role": grant.role, "branch": grant.org}
        right = by_origin.get(f"{grant.role.code}#{grant.pk}")
        yield Step(told, right is not None and right.covers(row), _of_grant(grant, right, row, at))
    if not given:
        yield Step(_("grants"), False, _("No role was ever given to this user."))


def _of_grant(grant: Grant, right: Right | None, row: Placed, at: datetime) -> str:
    """Why a grant reaches the customer or not: the first reason that counts."""
    if grant.valid_to is not None and grant.valid_to <= at:
        return _("This grant has ended.")
    if grant.valid_from is not None and grant.valid_from > at:
        return _("This grant has not begun.")
    if SEES_CUSTOMERS not in grant.role.permissions:
        return _("This role does not see customers.")
    if right is None:
        return _("What is said above keeps this grant from counting.")
    if not right.at(row.org_path):
        return _("The customer belongs to %s, which this grant does not reach.") % _branches(row)
    missing = [group for group in right.tags if not group & set(row.scope_tags)]
    if missing:
        return _("A filter leaves this customer out: %s") % ", ".join(sorted(missing[0]))
    if not right.guards(row.guarded):
        kinds = ", ".join(sorted(set(row.guarded) - right.guarded))
        return _("The customer is protected (%s), and this grant does not name that kind.") % kinds
    return _("It reaches the customer by its branch, filters and protection.")


def _branches(row: Placed) -> str:
    """The branches the customer belongs to, by code."""
    own = [int(tag.removeprefix("org:")) for tag in row.scope_tags if tag.startswith("org:")]
    found = Organisation.objects.filter(pk__in=own or [n for n in row.org_path if n != EVERYWHERE])
    return ", ".join(found.values_list("code", flat=True))


def _exceptions(actor: Actor, row: Placed) -> Iterable[Step]:
    """Exceptions that name the customer."""
    if row.pk in actor.exceptions.closed:
        yield Step(
            _("exception"), False, _("This customer is closed for this user. That wins over everything.")
        )
    elif row.pk in actor.exceptions.opened(SEES_CUSTOMERS):
        held = actor.may(SEES_CUSTOMERS)
        why = _("This customer is opened for this user.")
        without = _("This customer is opened for this user, who holds no role that sees customers.")
        yield Step(_("exception"), held, why if held else without)


def _masks(actor: Actor, row: Placed, facet: str, field: str) -> Iterable[Step]:
    """How the rights that reach the customer mask it."""
    rights = [right for right in actor.held(SEES_CUSTOMERS) if right.covers(row)]
    for right in rights or actor.held(SEES_CUSTOMERS):
        role = right.origin.partition("#")[0]
        profile = right.profile or actor.mask_profile
        if field and matches(right.hidden, facet, field):
            yield Step(_("mask"), False, _("The role %s does not see this field.") % role)
        else:
            told = {"role": role, "profile": profile}
            yield Step(_("mask"), True, _("The role %(role)s masks by the profile “%(profile)s”.") % told)
