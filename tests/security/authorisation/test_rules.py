"""No door without a rule, and every rule one that exists."""

from mdm.rest.operations import PUBLIC, SIGNED_IN
from security.access.roles import PERMISSIONS
from tests.security.authorisation.doors import METHODS, NOBODY, OPEN, doors
from tests.security.authorisation.population import UNMARKED, unmarked


def test_every_route_declares_who_may_come_in() -> None:
    without = [f"{door.route} ({door.name})" for door in doors() if door.rule("GET") is None]

    assert without == [], "declare a scope, a permission or a right; or name it in OPEN with the reason"
    assert len(doors()) > 200


def test_every_rule_is_a_right_that_exists() -> None:
    known = {*PERMISSIONS, PUBLIC, SIGNED_IN, NOBODY}
    told = {(door.route, door.rule(method)) for door in doors() for method in METHODS}

    assert {(route, rule) for route, rule in told if rule not in known} == set()


def test_what_is_open_is_still_there() -> None:
    there = {door.name for door in doors()} | {door.route for door in doors()}

    assert set(OPEN) <= there


def test_every_sensitive_field_has_a_value_that_would_be_found() -> None:
    assert unmarked() == set(UNMARKED), "mark it in MARKED, or say in UNMARKED why not"
