"""The four-eyes matrix of the bank (domain 5.3) against the shipped rules, row by row: operation and facts, then how
many approve and with which right."""

from typing import Any

import pytest

from security.access.roles import ROLES
from security.approvals.policy import SHIPPED, needed

BRANCH, MERGE, ACCESS, KEEPING, LOAD = (
    "approval.customer",
    "approval.merge",
    "approval.access",
    "approval.erasure",
    "approval.load",
)


def change(facet: str, field: str, **facts: Any) -> tuple[str, dict[str, Any]]:
    return "row.change", {"facet": facet, "fields": [field], "kinds": ["LEGAL"], **facts}


#: Row of the matrix, operation and facts, approvals (0: goes alone), right of who decides first.
MATRIX: list[tuple[str, tuple[str, dict[str, Any]], int, str]] = [
    ("change of name", change("customer_name", "full_name"), 1, BRANCH),
    ("change of name, organisation", change("organisation_profile", "registered_name"), 1, BRANCH),
    ("change of ID", change("credential", "number"), 1, BRANCH),
    ("change of birth date", change("person_profile", "birth_date"), 1, BRANCH),
    ("change of sex", change("person_profile", "sex"), 1, BRANCH),
    ("change of nationality", change("person_profile", "nationality"), 1, BRANCH),
    ("verified electronically", change("customer_name", "full_name", verified=True), 0, ""),
    ("change of telephone", change("phone", "number"), 1, BRANCH),
    ("change of e-mail", change("email", "address"), 1, BRANCH),
    ("change of address", change("address", "detail"), 1, BRANCH),
    ("change of first choice", change("phone", "is_primary"), 1, BRANCH),
    ("contact verified by code", change("phone", "number", verified=True), 0, ""),
    ("end of contact", ("row.end", {"facet": "email"}), 1, BRANCH),
    ("another first choice", ("row.add", {"facet": "phone", "primary": True}), 1, BRANCH),
    (
        "another first choice, by code",
        ("row.add", {"facet": "phone", "primary": True, "verified": True}),
        0,
        "",
    ),
    ("a further contact (ADR 23)", ("row.add", {"facet": "phone", "primary": False}), 0, ""),
    ("a contact told as confirmed", ("row.add", {"facet": "email", "confirms": "VERIFIED"}), 1, BRANCH),
    (
        "a contact told as confirmed, by code",
        ("row.add", {"facet": "email", "confirms": "VERIFIED", "verified": True}),
        0,
        "",
    ),
    ("a confirmation of a further contact", change("further_contact", "verified_state"), 1, BRANCH),
    (
        "another reach of a confirmed one",
        change("further_contact", "reach", confirms="VERIFIED"),
        1,
        BRANCH,
    ),
    (
        "another reach of a confirmed one, by code",
        change("further_contact", "reach", confirms="VERIFIED", verified=True),
        0,
        "",
    ),
    ("another reach of one that is not", change("further_contact", "reach", confirms=""), 0, ""),
    ("another change of a further contact", change("further_contact", "contact_name"), 0, ""),
    ("merge, NEVER_MATCH", ("case.decide", {"branches": 1, "protected": False}), 1, MERGE),
    ("merge, several branches", ("case.decide", {"branches": 2, "protected": False}), 2, MERGE),
    ("merge, VIP", ("case.decide", {"branches": 1, "protected": True}), 2, MERGE),
    ("unmerge", ("merge.undo", {"branches": 1, "protected": False}), 1, MERGE),
    ("unmerge, several branches", ("merge.undo", {"branches": 3, "protected": False}), 2, MERGE),
    ("rule of the dictionary", ("attribute.change", {}), 1, "approval.dictionary"),
    ("import of few harmless rows", ("load.run", {"rows": 999, "approvals": 0, "mode": "delta"}), 0, ""),
    ("import > n rows", ("load.run", {"rows": 1_000, "approvals": 0, "mode": "delta"}), 1, LOAD),
    (
        "import of what takes one on screen",
        ("load.run", {"rows": 1, "approvals": 1, "mode": "delta"}),
        1,
        LOAD,
    ),
    (
        "import of what takes two on screen",
        ("load.run", {"rows": 1, "approvals": 2, "mode": "delta"}),
        2,
        LOAD,
    ),
    ("replace", ("load.run", {"rows": 1, "approvals": 0, "mode": "full"}), 1, LOAD),
    ("role grant", ("grant.give", {}), 1, ACCESS),
    ("role", ("role.change", {}), 1, ACCESS),
    ("org change", ("branch.move", {}), 1, ACCESS),
    ("investor approval", ("investor.approve", {}), 1, "approval.special"),
    ("tax approval", ("tax.approve", {}), 1, "approval.special"),
    ("retention purge: a customer", ("customer.erase", {}), 1, KEEPING),
    ("legal-hold release: a document", ("document.release", {}), 1, KEEPING),
    ("legal-hold release: a restriction ends", ("row.end", {"facet": "restriction"}), 1, KEEPING),
    ("legal-hold release: a restriction is lifted", change("restriction", "lifted_on"), 1, KEEPING),
    ("a restriction is imposed", ("row.add", {"facet": "restriction", "fields": ["kind"]}), 0, ""),
]


@pytest.mark.parametrize(
    ("asked", "checkers", "right"), [one[1:] for one in MATRIX], ids=[m[0] for m in MATRIX]
)
def test_the_matrix_is_kept(asked: tuple[str, dict[str, Any]], checkers: int, right: str) -> None:
    found = needed(*asked, SHIPPED)
    assert (found.checkers if found else 0, found.levels[0] if found else "") == (checkers, right)


@pytest.mark.parametrize("right", sorted({right for *_row, right in MATRIX if right}))
def test_somebody_as_shipped_decides(right: str) -> None:
    assert [role.code for role in ROLES if right in role.permissions]


def test_who_delivers_files_does_not_approve_them() -> None:
    assert not [role.code for role in ROLES if {"load.run", LOAD} <= set(role.permissions)]
