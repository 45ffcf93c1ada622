"""Forms of rows offer the codes that are in force today, and keep what is stored."""

from typing import Any

from credentials.models import Credential
from customers.models import Customer
from mdm.backoffice.forms import form_field, row_form
from special_info.models import TaxCertification


def offered(field: Any) -> list[str]:
    return [str(code) for code, _label in field.choices]


def test_a_code_out_of_force_is_not_offered() -> None:
    form = row_form(TaxCertification)()
    assert offered(form.fields["self_cert"]) == ["", "CRS901", "CRS902"]


def test_a_code_out_of_force_that_is_stored_stays() -> None:
    old = row_form(TaxCertification)(row=TaxCertification(certification_no="T-1", self_cert="CRS900"))
    assert offered(old.fields["self_cert"]) == ["", "CRS901", "CRS902", "CRS900"]
    assert offered(row_form(TaxCertification)().fields["self_cert"]) == ["", "CRS901", "CRS902"], "only there"


def test_a_new_row_is_offered_the_states_that_it_may_begin_with() -> None:
    assert offered(form_field(Credential, Credential._meta.get_field("lifecycle_state"))) == [
        "PENDING_VERIFY",
        "DRAFT",
    ]
    assert offered(form_field(Customer, Customer._meta.get_field("lifecycle_status"))) == [
        "ACTIVE",
        "PENDING",
        "POTENTIAL",
    ]
