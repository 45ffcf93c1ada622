"""Attributes that two people have added to the model dictionary."""

from datetime import datetime
from typing import Any

from mdm.dictionary import defining
from security.access.actor import Actor, staff_actor
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from security.models import User
from tests.factories.security import NOW, branch, member_of_staff

#: Who asks, and who agrees.
MAKER, CHECKER = "dictionary maker", "dictionary checker"


def maker(at: datetime = NOW) -> Actor:
    """A data steward of head office."""
    return _person(MAKER, "steward", at)


def checker(at: datetime = NOW) -> Actor:
    """Who supervises the stewards."""
    return _person(CHECKER, "steward_supervisor", at)


def _person(name: str, role: str, at: datetime) -> Actor:
    user = User.objects.select_related("org").filter(username=name).first()
    return staff_actor(user or member_of_staff(name, role, org=branch("1000")), at)


def told(**changes: Any) -> dict[str, Any]:
    """A definition: a masked, searchable text of eight digits unless told."""
    return {
        **defining.blank(),
        "label_zh": "会员编号",
        "label_en": "Club number",
        "length": 8,
        "mask": "free_text",
        "searchable": True,
        "valid_from": "2020-01-01",
        **changes,
    }


def asked(facet: str, name: str, *, at: datetime = NOW, **changes: Any) -> ChangeRequest:
    """The request of one person for an attribute, or for a change of one."""
    done = defining.change(maker(at), facet, name, told(**changes), reason="new rules", at=at)
    assert done.request is not None
    return done.request


def defined(facet: str, name: str, *, at: datetime = NOW, **changes: Any) -> ChangeRequest:
    """An attribute as two people have defined it."""
    request = asked(facet, name, at=at, **changes)
    return deciding.approve(checker(at), request.pk, request.version, reason="seen", at=at)
