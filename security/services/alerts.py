"""Alarms: unusual use of clear values and of emergency access, found by rules that are data.

What the kinds of rules mean (`AlertRule.kind`), each counted over `minutes` back from now:
REVEALS showings of this user; CUSTOMERS different customers; SAME_CUSTOMER showings of one customer;
OUT_OF_HOURS outside `settings` (`begin`, `end`, weekdays `days`, local time); OTHER_BRANCH a customer not
of the user's home branch; OWN_RELATIVE the user or a relative; PROTECTED a protected customer; QUOTA the
day's quota is used up; FILE a file of clear values was taken away; LOOKUP a protected customer asked for
without right; BREAKGLASS emergency access; RECOVERY an account that somebody was helped back into.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, NotFound
from security.access.actor import Actor
from security.access.persons import person_with
from security.access.rights import Placed
from security.audit.log import record
from security.models import Alert, AlertRule, Organisation, Reveal

#: The rule whose threshold is the number of showings that one user has a day, and that number without it.
QUOTA_RULE = "reveal.quota"
QUOTA = 50
#: Kinds that are raised each time, however soon after the last.
EVERY_TIME = frozenset({"BREAKGLASS", "RECOVERY"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A showing of clear values that has just been written: who, of whom (None: a file), whether a relative."""

    actor: Actor
    customer: Placed | None
    relative: bool
    at: datetime

    def reveals(self, minutes: int) -> QuerySet[Reveal]:
        """The user's showings of late, this one included."""
        since = self.at - timedelta(minutes=minutes)
        return Reveal.objects.filter(user_id=self.actor.user_id or 0, at__gt=since, at__lte=self.at)


def _reveals(rule: AlertRule, shown: Shown) -> bool:
    return shown.reveals(rule.minutes).count() >= rule.threshold


def _customers(rule: AlertRule, shown: Shown) -> bool:
    return shown.reveals(rule.minutes).values("customer_id").distinct().count() >= rule.threshold


def _same_customer(rule: AlertRule, shown: Shown) -> bool:
    customer = shown.customer
    return (
        customer is not None
        and shown.reveals(rule.minutes).filter(customer_id=customer.pk).count() >= rule.threshold
    )


def _out_of_hours(rule: AlertRule, shown: Shown) -> bool:
    local = timezone.localtime(shown.at)
    begin, end = rule.settings.get("begin", "00:00"), rule.settings.get("end", "24:00")
    return local.weekday() not in rule.settings.get("days", range(7)) or not begin <= f"{local:%H:%M}" < end


def _other_branch(rule: AlertRule, shown: Shown) -> bool:
    if shown.customer is None:
        return False
    home = Organisation.objects.filter(code=shown.actor.org_code).first()
    return home is None or home.pk not in shown.customer.org_path


def _own_relative(rule: AlertRule, shown: Shown) -> bool:
    return shown.relative


def _protected(rule: AlertRule, shown: Shown) -> bool:
    return shown.customer is not None and bool(shown.customer.guarded)


def _quota(rule: AlertRule, shown: Shown) -> bool:
    return reveals_today(shown.actor, shown.at) == rule.threshold


def _file(rule: AlertRule, shown: Shown) -> bool:
    return shown.customer is None


#: Kinds that a showing can set off.
KINDS: dict[str, Callable[[AlertRule, Shown], bool]] = {
    "REVEALS": _reveals,
    "CUSTOMERS": _customers,
    "SAME_CUSTOMER": _same_customer,
    "OUT_OF_HOURS": _out_of_hours,
    "OTHER_BRANCH": _other_branch,
    "OWN_RELATIVE": _own_relative,
    "PROTECTED": _protected,
    "QUOTA": _quota,
    "FILE": _file,
}


def daily_quota() -> int:
    """How often one user may have clear values shown in a day."""
    rule = AlertRule.objects.filter(code=QUOTA_RULE).first()
    return rule.threshold if rule else QUOTA


def reveals_today(actor: Actor, at: datetime) -> int:
    """How often this user had clear values shown since local midnight."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return Reveal.objects.filter(user_id=actor.user_id or 0, at__gte=midnight, at__lte=at).count()


def after_reveal(shown: Shown) -> list[str]:
    """Raise the alarms that a showing sets off; the codes of their rules."""
    rules = AlertRule.objects.filter(active=True, kind__in=KINDS)
    found = [rule.code for rule in rules if KINDS[rule.kind](rule, shown)]
    for code in found:
        _alarm(code, shown.actor, shown.at, shown.customer.pk if shown.customer else None)
    return found


def alarm(kind: str, actor: Actor, at: datetime, customer_id: int | None = None) -> list[str]:
    """Raise the alarms of a kind that is no showing: once a user and customer within the rule's time."""
    found = []
    for rule in AlertRule.objects.filter(active=True, kind=kind):
        since = at - timedelta(minutes=rule.minutes)
        before = Alert.objects.filter(
            rule=rule.code, user_id=actor.user_id, customer_id=customer_id, at__gt=since
        )
        if kind in EVERY_TIME or not before.exists():
            _alarm(rule.code, actor, at, customer_id)
            found.append(rule.code)
    return found


def _alarm(rule: str, actor: Actor, at: datetime, customer_id: int | None) -> Alert:
    return Alert.objects.create(
        at=at,
        rule=rule,
        user_id=actor.user_id,
        actor=actor.name,
        org=Organisation.objects.filter(code=actor.org_code).first(),
        customer_id=customer_id,
        details={"request": actor.request_id, "channel": actor.channel},
    )


def record_list(actor: Actor, action: str, rows: Sequence[Alert | Reveal], *, at: datetime) -> None:
    """Log that somebody looked at a list of alarms or showings, and whom it names."""
    shown = [row.customer_id for row in rows if row.customer_id is not None]
    with transaction.atomic():
        record(actor, action, at, subject="alert", fields={"shown": len(rows)}, shown=shown)


def visible_alerts(actor: Actor) -> QuerySet[Alert]:
    """Alarms about users of the branches at which the actor sees them."""
    actor.require("alert.view")
    return Alert.objects.select_related("org").filter(_at_branches(actor, "org__path"))


def visible_reveals(actor: Actor) -> QuerySet[Reveal]:
    """Showings of clear values by users of the branches at which the actor sees them."""
    actor.require("alert.view")
    orgs = actor.orgs("alert.view")
    if orgs is None:
        return Reveal.objects.all()
    codes = Organisation.objects.filter(path__overlap=sorted(orgs)).values("code")
    return Reveal.objects.filter(org_code__in=codes)


def _at_branches(actor: Actor, path: str) -> Q:
    orgs = actor.orgs("alert.view")
    return Q() if orgs is None else Q(**{f"{path}__overlap": sorted(orgs)})


def _of_oneself(found: Alert, actor: Actor) -> bool:
    return found.user_id == actor.user_id or "" != person_with(found.user_id) == person_with(actor.user_id)


def close(actor: Actor, alert_id: int, *, finding: str, at: datetime) -> Alert:
    """Close an alarm with what was found. Raises NotFound out of scope, Duplicate where it is closed, and
    NotFound for an alarm about oneself: nobody closes their own."""
    actor.require("alert.close")
    with transaction.atomic():
        found = visible_alerts(actor).select_for_update(of=("self",)).filter(pk=alert_id).first()
        if found is None or _of_oneself(found, actor):
            raise NotFound("alert.unknown", _("There is no such alarm."))
        if found.closed_at is not None:
            raise Duplicate("alert.closed", _("This alarm is closed."))
        found.closed_at, found.closed_by, found.finding = at, actor.name, finding
        found.save(update_fields=["closed_at", "closed_by", "finding"])
        record(
            actor,
            "alert.close",
            at,
            subject="alert",
            object_id=found.pk,
            customer_id=found.customer_id,
            fields={"rule": found.rule},
            reason=finding,
        )
    return found
