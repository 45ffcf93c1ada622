"""Rights hold at the branch they were given for, and masks follow the roles that see customers."""

from security.access.actor import Actor, Right


def _actor(*rights: tuple[str, int | None]) -> Actor:
    return Actor("a", "staff", tuple(Right(frozenset({permission}), org) for permission, org in rights))


def test_a_right_is_held_where_it_was_given() -> None:
    actor = _actor(("customer.view", 1), ("customer.history", 7))
    assert actor.may_at("customer.view", [0, 1, 7])
    assert actor.may_at("customer.history", [0, 1, 7])
    assert not actor.may_at("customer.history", [0, 1, 8])
    assert not actor.may_at("customer.change", [0, 1, 7])


def test_a_right_held_everywhere_is_held_here() -> None:
    assert _actor(("customer.view", None)).may_at("customer.view", [0, 5])
