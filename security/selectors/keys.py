"""Reading keys: the tree of levels and versions, which values are under which key, what may be done now."""

from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, Invalid, NotFound
from security.access.actor import Actor
from security.crypto.coverage import Coverage, coverage, stored_columns
from security.crypto.holdings import held_coverage, holding_of
from security.crypto.index_rotation import unsupported
from security.crypto.indexes import holder_of, index_coverage
from security.crypto.purposes import purpose_named, registered_purposes
from security.crypto.states import MOVES, check_move, refused_move
from security.models import DataKey, DomainKey, KeyCeremony, RootKey
from security.models.ceremony import OPEN_STATES, CeremonyAction
from security.models.keys import KeyState

VIEW = "key.manage"
#: The state that a ceremony on one version brings it into.
LEADS_TO: dict[str, KeyState] = {
    CeremonyAction.ACTIVATE: KeyState.ACTIVE,
    CeremonyAction.DISABLE: KeyState.DISABLED,
    CeremonyAction.REINSTATE: KeyState.DECRYPT_ONLY,
    CeremonyAction.DESTROY: KeyState.DESTROYED,
    CeremonyAction.REVOKE: KeyState.COMPROMISED,
}
#: Ceremonies that make a version: of the root, a domain or a purpose as a whole.
MAKING = (CeremonyAction.CREATE, CeremonyAction.ROTATE)

#: Ceremonies after which another key computes: for digests that nobody can write anew, all would be lost.
_REPLACING = (*MAKING, CeremonyAction.ACTIVATE, CeremonyAction.REVOKE)

AnyKey = RootKey | DomainKey | DataKey


@dataclass(frozen=True, slots=True)
class KeyView:
    """One version of a key as pages and answers show it; `values` by column, `actions` that may be proposed.
    `is_counted`: whether anybody can say what is under it."""

    level: str
    name: str
    key_id: int
    version: int
    state: str
    check: str
    created_at: datetime
    created_by: str
    state_since: datetime | None
    parent: str
    algorithm: str
    values: dict[str, int] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    is_counted: bool = True

    @property
    def target(self) -> str:
        """How a ceremony names this version."""
        return f"{self.name}#{self.key_id}"

    @property
    def total(self) -> int:
        """Values under the key, over all columns."""
        return sum(self.values.values())


def key_tree(actor: Actor, *, counting: bool = True) -> list[KeyView]:
    """Every key of every level, by name and version. With `counting` every sealed column is read once."""
    actor.require(VIEW)
    counted = coverage(stored_columns(apps)) + held_coverage() + index_coverage() if counting else []
    roots = [_view("L1", "root", row, row.provider, "") for row in RootKey.objects.order_by("version")]
    domains = [
        _view("L2", row.domain, row, f"root v{row.root_version}", "SM4-GCM")
        for row in DomainKey.objects.order_by("domain", "version")
    ]
    rows = DataKey.objects.select_related("domain_key").order_by("purpose", "version")
    known = _counted_purposes()
    return [*roots, *domains, *(_data_view(row, counted, row.purpose in known) for row in rows)]


def is_fixed(purpose: str) -> bool:
    """Whether a purpose's key can never be replaced: a digest key whose digests nobody can write anew."""
    named = purpose_named(purpose)
    return named is not None and named.algorithm == "HMAC-SM3" and holder_of(purpose) is None


def values_under(key_id: int) -> int:
    """How many values are under a data key, in sealed columns and indexes."""
    row = DataKey.objects.get(pk=key_id)
    columns = [column for column in stored_columns(apps) if column.purpose == row.purpose]
    found = coverage(columns) + held_coverage(row.purpose) + index_coverage(row.purpose)
    return sum(entry.values for entry in found if entry.key_id == key_id)


def ceremonies(actor: Actor, *, size: int = 50, open_only: bool = False) -> list[KeyCeremony]:
    """Ceremonies, newest first."""
    actor.require(VIEW)
    rows = KeyCeremony.objects.order_by("-pk")
    return list((rows.filter(state__in=OPEN_STATES) if open_only else rows)[:size])


def possible(action: str, level: str, target: str, at: datetime) -> None:
    """Raises what stands against a ceremony now: Invalid `key.ceremony_unknown`, NotFound `key.unknown`,
    `key.rotation_unsupported`, Duplicate `key.state`, `key.too_early`, `key.values_left`, `key.not_counted`."""
    if level == "L3" and action in _REPLACING and is_fixed(target.partition("#")[0]):
        raise unsupported(target.partition("#")[0])
    if action in MAKING:
        _refuse_unknown_name(level, target)
        return
    if action == CeremonyAction.RESHARE and level == "L1":
        return
    if action not in LEADS_TO:
        raise Invalid("key.ceremony_kind", _("There is no such ceremony for this key."))
    row, new = versioned(level, target), LEADS_TO[action]
    if action not in actions_of(row.state):
        raise refused_move(str(row), row.state, new)
    check_move(str(row), row.state, new, since=row.state_since, now=at)
    if new in (KeyState.DISABLED, KeyState.DESTROYED):
        _refuse_needed(row)


def versioned(level: str, target: str) -> AnyKey:
    """The key version that `name#id` names. NotFound `key.unknown`."""
    name, _mark, number = target.rpartition("#")
    key_id = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    found: AnyKey | None
    if level == "L1":
        found = RootKey.objects.filter(pk=key_id).first()
    elif level == "L2":
        found = DomainKey.objects.filter(pk=key_id).first()
    else:
        found = DataKey.objects.filter(pk=key_id).first()
    if found is None or _name(found) != name:
        raise NotFound("key.not_found", _("There is no key with id %(id)s.") % {"id": number})
    return found


def _refuse_unknown_name(level: str, target: str) -> None:
    domains = {purpose.domain for purpose in registered_purposes()}
    known = {"L1": target == "root", "L2": target in domains, "L3": purpose_named(target) is not None}
    if not known.get(level, False):
        raise NotFound("key.not_found", _("There is no key named %(name)s.") % {"name": target})


def _refuse_needed(row: AnyKey) -> None:
    """A key is not switched off while anything needs it, or while nobody can tell whether anything does."""
    if (
        isinstance(row, DataKey)
        and row.state != KeyState.PRE_ACTIVE
        and row.purpose not in _counted_purposes()
    ):
        text = _("Nothing counts what is under %(name)s: its keys are not switched off.")
        raise Duplicate("key.not_counted", text % {"name": row.purpose})
    left = _needing(row)
    if left:
        told = {"key": row, "left": left}
        raise Duplicate(
            "key.values_left", _("Key %(key)s is still needed by %(left)s values or keys.") % told
        )


def _needing(row: AnyKey) -> int:
    """How many values, or keys below, are under a key."""
    if isinstance(row, DataKey):
        return values_under(row.pk)
    if isinstance(row, DomainKey):
        return DataKey.objects.filter(domain_key_id=row.pk).exclude(wrapped=None).count()
    return DomainKey.objects.filter(root_version=row.version).exclude(wrapped=None).count()


def _counted_purposes() -> set[str]:
    """The purposes of which it is known how many values are under their keys."""
    named = {purpose.name for purpose in registered_purposes()}
    held = {name for name in named if holder_of(name) or holding_of(name)}
    return held | {column.purpose for column in stored_columns(apps)}


def _view(level: str, name: str, row: AnyKey, parent: str, algorithm: str) -> KeyView:
    return KeyView(
        level, name, row.pk, row.version, row.state, row.check_value, row.created_at, row.created_by,
        row.state_since, parent, algorithm, {}, actions_of(row.state),
    )  # fmt: skip


def _data_view(row: DataKey, counted: list[Coverage], is_counted: bool) -> KeyView:
    values = {f"{one.table}.{one.column}": one.values for one in counted if one.key_id == row.pk}
    return KeyView(
        "L3", row.purpose, row.pk, row.version, row.state, row.check_value, row.created_at, row.created_by,
        row.state_since, str(row.domain_key), row.algorithm, values, _data_actions(row), is_counted,
    )  # fmt: skip


def _data_actions(row: DataKey) -> tuple[str, ...]:
    able = actions_of(row.state)
    return tuple(one for one in able if one not in _REPLACING) if is_fixed(row.purpose) else able


def actions_of(state: str) -> tuple[str, ...]:
    """The ceremonies that the table of states allows for a version."""
    after = MOVES[KeyState(state)]
    able = [str(action) for action, leads in LEADS_TO.items() if leads in after]
    # A key in use comes out of use by another's coming into use, never by itself: something must encrypt.
    return tuple(action for action in able if (state, action) != (KeyState.ACTIVE, CeremonyAction.REINSTATE))


def _name(row: AnyKey) -> str:
    if isinstance(row, DataKey):
        return row.purpose
    return row.domain if isinstance(row, DomainKey) else "root"
