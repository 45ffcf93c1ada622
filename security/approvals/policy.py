"""Which operations take a second person (domain 5.3), as data: rules with conditions on plain facts.

A rule names an operation and conditions; an operation that no rule in force matches goes on alone.
The bank's own rules (`ApprovalRule`) replace the shipped ones of the same operation and name; one that is not active
switches that rule off, where at least one of the operation is active, so that neither an empty table nor rows
switched off ever switch approval off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text

Facts = Mapping[str, Any]
#: Who decides about customers, where a rule says nothing else.
CUSTOMERS = ("approval.customer", "approval.escalated")


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One line of the four-eyes matrix.

    `when` maps a fact to what it must be: a list of values (one of them; for a fact that is a list, at
    least one in common) or `{"min": n}`. `unless` switches the rule off in the same way. `levels` are the
    rights of those who may decide, first and after each escalation; `hours` is the time a level has,
    `days` the life of the request.
    """

    operation: str
    name: str
    label: Text
    when: Facts = field(default_factory=dict)
    unless: Facts = field(default_factory=dict)
    checkers: int = 1
    levels: tuple[str, ...] = CUSTOMERS
    hours: int = 24
    days: int = 30


@dataclass(frozen=True, slots=True)
class Needed:
    """What the rules that match ask for, taken together."""

    rules: tuple[str, ...]
    checkers: int
    levels: tuple[str, ...]
    hours: int
    days: int


_NAMES = {"facet": ["customer_name"], "kinds": ["LEGAL"]}
_CONTACTS = {"facet": ["phone", "email", "address"]}
#: Of these somebody may say that the customer has confirmed them.
_CONFIRMED = ["phone", "email", "further_contact"]
_ADDRESS_FIELDS = [
    *("kind", "country", "region_code", "province", "city", "district", "detail"),
    *("postcode", "english_text", "is_primary"),
]
_MERGE = ("approval.merge", "approval.escalated")
_ACCESS = ("approval.access",)
#: Who decides about ending what holds customers' data: another compliance officer.
_KEEPING = ("approval.erasure",)
_LOAD = ("approval.load", "approval.escalated")
#: What tells who a person or an organisation is.
_PERSON: Facts = {
    "facet": ["person_profile"],
    "fields": [
        "birth_date",
        "sex",
        "nationality",
        "second_nationality",
        "third_nationality",
        "civil_capacity",
        "deceased_on",
    ],
}
_FIRM: Facts = {
    "facet": ["organisation_profile"],
    "fields": ["registered_name", "country", "ended_how", "ended_on"],
}
#: Merges are weightier where several branches, or a protected customer, have a say.
_WEIGHTY: tuple[tuple[str, Text, Facts], ...] = (
    ("branches", _("Customers of several branches"), {"branches": {"min": 2}}),
    ("protected", _("A protected customer"), {"protected": [True]}),
)
#: The shipped matrix. `verified` is told by a service that has verified the change electronically, and of contacts
#: by the client system that had them confirmed by a one-time code.
SHIPPED: tuple[PolicyRule, ...] = (
    PolicyRule(
        "row.change",
        "name",
        _("Change of the legal name"),
        {**_NAMES, "fields": ["full_name", "surname", "given_name", "kind"]},
        {"verified": [True]},
    ),
    PolicyRule("row.add", "name", _("A further legal name"), _NAMES, {"verified": [True]}),
    PolicyRule("row.end", "name", _("End of the legal name"), _NAMES, {"verified": [True]}),
    PolicyRule(
        "row.change",
        "document",
        _("Change of a document number"),
        {"facet": ["credential"], "fields": ["type", "number", "issuing_country", "name_on_document"]},
        {"verified": [True]},
    ),
    PolicyRule(
        "row.end", "document", _("End of a document"), {"facet": ["credential"]}, {"verified": [True]}
    ),
    PolicyRule(
        "row.change",
        "person",
        _("Change of birth date, sex, nationality or death"),
        _PERSON,
        {"verified": [True]},
    ),
    PolicyRule(
        "row.add",
        "person",
        _("Birth date, sex, nationality or death where nothing was known"),
        _PERSON,
        {"verified": [True]},
    ),
    PolicyRule(
        "row.change",
        "organisation",
        _("Change of the registered name or country"),
        _FIRM,
        {"verified": [True]},
    ),
    PolicyRule(
        "row.add",
        "organisation",
        _("Registered name or country where nothing was known"),
        _FIRM,
        {"verified": [True]},
    ),
    PolicyRule(
        "row.change",
        "customer",
        _("Change of status, kind or branch of a customer"),
        {"facet": ["customer"], "fields": ["lifecycle_status", "party_type", "org_id"]},
    ),
    PolicyRule(
        "row.change",
        "contact",
        _("Change of a telephone or e-mail"),
        {
            "facet": ["phone", "email"],
            "fields": ["kind", "number", "extension_no", "address", "is_primary", "verified_state"],
        },
        {"verified": [True]},
    ),
    PolicyRule(
        "row.change",
        "address",
        _("Change of an address"),
        {"facet": ["address"], "fields": _ADDRESS_FIELDS},
    ),
    PolicyRule(
        "row.add",
        "contact",
        _("Another first choice of contact"),
        {**_CONTACTS, "primary": [True]},
        {"verified": [True]},
    ),
    PolicyRule("row.end", "contact", _("End of a telephone, e-mail or address"), _CONTACTS),
    PolicyRule(
        "row.add",
        "confirmed",
        _("A contact told as confirmed"),
        {"facet": _CONFIRMED, "confirms": ["VERIFIED"]},
        {"verified": [True]},
    ),
    PolicyRule(
        "row.change",
        "confirmed",
        _("Confirmation of a further contact"),
        {"facet": ["further_contact"], "fields": ["verified_state"]},
        {"verified": [True]},
    ),
    PolicyRule(
        "row.change",
        "still_confirmed",
        _("A further contact told as confirmed that now leads elsewhere"),
        {"facet": ["further_contact"], "fields": ["reach", "kind"], "confirms": ["VERIFIED"]},
        {"verified": [True]},
    ),
    PolicyRule(
        "row.change",
        "hold",
        _("Change of a restriction"),
        {"facet": ["restriction"], "fields": ["kind", "extent", "begun_on", "ends_on", "lifted_on"]},
        levels=_KEEPING,
        hours=72,
    ),
    PolicyRule(
        "row.end", "hold", _("End of a restriction"), {"facet": ["restriction"]}, levels=_KEEPING, hours=72
    ),
    PolicyRule("document.release", "hold", _("Releasing a document that is held"), levels=_KEEPING, hours=72),
    PolicyRule("case.decide", "duplicates", _("Decision about a duplicate case"), levels=_MERGE, hours=72),
    PolicyRule("merge.undo", "duplicates", _("Taking a merge back"), levels=_MERGE, hours=72),
    *(
        PolicyRule(operation, name, label, when, checkers=2, levels=_MERGE, hours=72)
        for operation in ("case.decide", "merge.undo")
        for name, label, when in _WEIGHTY
    ),
    *(
        PolicyRule(operation, "special", label, levels=("approval.special", "approval.escalated"), hours=72)
        for operation, label in (
            ("tax.approve", _("Self-certification of tax residence")),
            ("investor.approve", _("Assessment of an investor")),
            ("agency.activate", _("Agency payment agreement")),
            ("batch.approve", _("Agency payment batch")),
        )
    ),
    PolicyRule("credential.confirm", "by_hand", _("Confirming a document by hand"), {"method": ["MANUAL"]}),
    PolicyRule(
        "credential.void",
        "told_others",
        _("Voiding a document that may have been delivered"),
        {"told_others": [True]},
    ),
    PolicyRule("customer.status", "status", _("Change of a customer's status")),
    PolicyRule("customer.transfer", "transfer", _("Transfer of customers"), hours=72),
    PolicyRule("customer.erase", "erasure", _("Erasing a customer"), levels=_KEEPING, hours=72),
    *(
        PolicyRule(
            "load.run", f"entries_{count}", label, {"approvals": {"min": count}}, {}, count, _LOAD, days=7
        )
        for count, label in (
            (1, _("A file of entries that take approval on screen")),
            (2, _("A file of entries that take two approvals on screen")),
        )
    ),
    *(
        PolicyRule("load.run", name, label, when, levels=_LOAD, days=7)
        for name, label, when in (
            ("rows", _("A file of 1,000 rows or more"), {"rows": {"min": 1_000}}),
            ("full", _("A file that replaces all that a source has told"), {"mode": ["full"]}),
            ("checks", _("A file of checks of documents"), {"facets": ["credential_verification"]}),
        )
    ),
    PolicyRule("grant.give", "roles", _("Giving a role"), levels=_ACCESS),
    PolicyRule("role.change", "roles", _("Changing what a role holds"), levels=_ACCESS),
    PolicyRule(
        "user.recover",
        "weighty",
        _("Password or second factors of who holds weighty rights"),
        {"weighty": [True]},
        levels=_ACCESS,
    ),
    PolicyRule("user.staff_no", "staff_no", _("Changing a staff number"), levels=_ACCESS),
    PolicyRule("policy.change", "rules", _("Changing a rule of approval"), levels=_ACCESS),
    PolicyRule("client.issue", "systems", _("A new client system"), levels=_ACCESS),
    PolicyRule("client.rotate", "systems", _("A new token of a client system"), levels=_ACCESS),
    PolicyRule("client.key", "systems", _("A key of a client system"), levels=_ACCESS),
    PolicyRule("client.limit", "systems", _("Looser limits of a client system"), levels=_ACCESS),
    PolicyRule(
        "attribute.change",
        "attributes",
        _("Adding or changing an attribute"),
        levels=("approval.dictionary",),
    ),
    PolicyRule("branch.move", "branches", _("Moving a branch"), levels=_ACCESS),
)


#: Operations that let somebody in or change who may do what: who agrees to one proves who they are just then.
LETS_IN = frozenset(rule.operation for rule in SHIPPED if rule.levels == _ACCESS)


def needed(operation: str, facts: Facts, rules: Sequence[PolicyRule]) -> Needed | None:
    """What an operation with these facts takes; None where it goes on alone. The rule that takes most people says who
    decides; of several the one that does not leave it to those who decide about customers in general."""
    asked = [rule for rule in rules if rule.operation == operation and matches(rule, facts)]
    if not asked:
        return None
    strictest = max(asked, key=lambda rule: (rule.checkers, rule.levels != CUSTOMERS))
    return Needed(
        tuple(rule.name for rule in asked),
        strictest.checkers,
        strictest.levels,
        min(rule.hours for rule in asked),
        min(rule.days for rule in asked),
    )


def matches(rule: PolicyRule, facts: Facts) -> bool:
    """Whether a rule asks for approval of an operation with these facts."""
    excused = bool(rule.unless) and all(_holds(facts.get(n), want) for n, want in rule.unless.items())
    return not excused and all(_holds(facts.get(n), want) for n, want in rule.when.items())


def _holds(value: Any, wanted: Any) -> bool:
    """One condition. A fact that is not told holds for none."""
    if isinstance(wanted, Mapping):
        return isinstance(value, int | float) and value >= wanted["min"]
    told = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return any(one in wanted for one in told)
