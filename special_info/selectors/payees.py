"""Whose the payments of a batch are: account and document found through the lookup index, names compared.

Nothing is guessed: a line has a payee only where everything it tells leads to one customer in the reader's
scope who bears the name; any other line says by a code what does not fit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from customers.models import Customer
from customers.rules.agreement import normalise_account
from customers.rules.names import name_key
from customers.rules.number import customer_no
from customers.selectors.gathering import Gathered, gather_each
from customers.selectors.panorama import NAMED
from mdm.bulk.models import LookupEntry
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import scoped
from security.crypto.blind_index import digest_column
from special_info.rules.payment import STOPPING, Payment

#: Digests asked for in one statement.
AT_ONCE = 5000
#: text -> golden customers it leads to
Owners = Mapping[str, frozenset[int]]


def with_payees(actor: Actor, payments: Sequence[Payment], permission: str) -> list[Payment]:
    """The payments with their payees, inside `in_scope` of the permission; findings that stand are kept."""
    readable = [one for one in payments if one.finding not in STOPPING]
    accounts = _found(actor, "ACCOUNT", {normalise_account(one.account) for one in readable}, permission)
    numbers = _found(actor, "NUMBER", {_number(one) for one in readable}, permission)
    known = {pk for owners in (accounts, numbers) for ids in owners.values() for pk in ids}
    names = _names(known)
    return [one if one.finding in STOPPING else _matched(one, accounts, numbers, names) for one in payments]


def _matched(one: Payment, accounts: Owners, numbers: Owners, names: Mapping[int, set[str]]) -> Payment:
    """One payment: what its account and its document lead to, and whether the name is theirs."""
    told = [accounts.get(normalise_account(one.account), frozenset())]
    if one.id_number:
        told.append(numbers.get(_number(one), frozenset()))
    candidates = frozenset[int]().union(*told)
    agreed = [ids for ids in told if ids]
    if not candidates:
        return _kept(one, "payee.unknown")
    both = agreed[0].intersection(*agreed[1:])
    named = sorted(pk for pk in both if name_key(one.name) in names.get(pk, set()))
    if len(named) == 1:
        return replace(one, payee_no=customer_no(named[0]))
    if len(named) > 1 or not both:
        return _kept(one, "payee.ambiguous")
    return _kept(one, "payee.name_differs")


def _kept(one: Payment, finding: str) -> Payment:
    """The first finding stands."""
    return one if one.finding else replace(one, finding=finding)


def _number(one: Payment) -> str:
    return "".join(one.id_number.split()).upper()


def _found(actor: Actor, kind: str, texts: Iterable[str], permission: str) -> Owners:
    """The golden customers in scope that have a value with the digest of each text."""
    wanted = sorted(filter(None, texts))
    digests = dict(zip(digest_column(kind, wanted), wanted, strict=True))
    told = [digest for digest in digests if digest is not None]
    pairs: list[tuple[str, int]] = []
    for start in range(0, len(told), AT_ONCE):
        entries = LookupEntry.objects.filter(
            kind=registry.lookup(kind).number, digest__in=told[start : start + AT_ONCE]
        )
        pairs += [(digests[bytes(d)], pk) for d, pk in entries.values_list("digest", "customer_id")]
    golden = _golden(actor, {pk for _text, pk in pairs}, permission)
    owners: dict[str, set[int]] = defaultdict(set)
    for text, pk in pairs:
        if pk in golden:
            owners[text].add(golden[pk])
    return {text: frozenset(ids) for text, ids in owners.items()}


def _golden(actor: Actor, ids: set[int], permission: str) -> dict[int, int]:
    """Customer -> the golden one that counts for it, where that is in scope."""
    rows = Customer.objects.filter(pk__in=ids).values_list("pk", "golden_id")
    counted = {pk: golden or pk for pk, golden in rows}
    seen = scoped(Customer.objects.filter(pk__in=set(counted.values())), actor, permission)
    visible = set(seen.values_list("pk", flat=True))
    return {pk: golden for pk, golden in counted.items() if golden in visible}


def _names(ids: set[int]) -> dict[int, set[str]]:
    """The names of golden customers and their members, as they are compared."""
    rows = Customer.objects.filter(pk__in=ids).values_list("pk", "members")
    return {
        pk: _keys(found)
        for pk, found in gather_each({pk: (pk, *members) for pk, members in rows}, NAMED).items()
    }


def _keys(found: Gathered) -> set[str]:
    people = [str(row["full_name"] or "") for row in found.get("customer_name", [])]
    firms = [
        str(row[field] or "")
        for row in found.get("organisation_profile", [])
        for field in ("registered_name", "english_name", "short_name")
    ]
    return {name_key(name) for name in (*people, *firms) if name}
