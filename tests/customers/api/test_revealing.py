"""Clear values over the API take proof of this very moment: a signature, or a token just issued."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer
from security.authentication.policy import policy
from security.crypto.backends import sm2
from security.models import AccessToken, ApiClient, Reveal
from security.services import client_proof
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import NOW, branch, client_system, everything
from tests.support.api import Api
from tests.support.signing import Sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> tuple[ApiClient, str]:
    bank()
    return client_system(roles=["compliance"], org=branch("1000"))


@pytest.fixture
def asked(made: object) -> tuple[str, dict[str, Any]]:
    """The address, and what is sent to it."""
    customer = stored(person())
    row = the_row("phone", customer, "MOBILE").pk
    told = {"facet": "phone", "row_id": row, "fields": ["number"], "cause": "AML", "reason": "case 12 asks"}
    return f"customers/{Customer(pk=customer).customer_no}:reveal", told


def test_a_token_for_good_shows_nothing(
    made: tuple[ApiClient, str], asked: tuple[str, dict[str, Any]]
) -> None:
    answer = Api(made[1]).post(*asked)
    assert (answer.status, answer.code) == (403, "auth.step_up")
    assert Reveal.objects.count() == 0


def test_a_token_of_ten_minutes_does_until_it_is_too_old(
    made: tuple[ApiClient, str], asked: tuple[str, dict[str, Any]]
) -> None:
    token, row = client_proof.issue_token(made[0], made[0].scopes, at=timezone.now())
    assert Api(token).post(*asked).body["values"] == {"number": "+8613912345670"}
    AccessToken.objects.filter(pk=row.pk).update(
        issued_at=timezone.now() - policy.step_up, expires_at=timezone.now() + timedelta(hours=1)
    )
    assert Api(token).post(*asked).code == "auth.step_up"
    assert Reveal.objects.count() == 1


def test_a_signature_does(made: tuple[ApiClient, str], asked: tuple[str, dict[str, Any]]) -> None:
    pair = sm2().generate()
    client_proof.add_public_key(everything(), "core-bank", "s1", pair.public.hex(), at=NOW)
    sent = Sent(
        "POST", f"/api/v1/{asked[0]}", key="s1", content_type="application/json",
        body=json.dumps(asked[1]).encode(),
    )  # fmt: skip
    assert sent.signed(pair).send().body["values"] == {"number": "+8613912345670"}
