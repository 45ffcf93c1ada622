"""The model is the only definition of a field: it has a label in both languages, and says whether it is sensitive."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import CharField, Field, TextField
from django.utils import translation

from mdm.bulk.tables import own_fields
from mdm.codes import get
from mdm.display import sensitive
from mdm.history.models import SubjectModel
from mdm.subjects import Facet, registry
from security.crypto.fields import SealedField

HAN = re.compile("[\u4e00-\u9fff]")
#: Texts shown to every reader as they are (design 4): of the bank, of organisations, or too coarse to lead to a person.
CLEAR = {
    "customer": {"segment", "language", "org_id"},
    "person_profile": {"employer", "job_title", "death_evidence"},
    "organisation_profile": {
        "registered_name",
        "english_name",
        "short_name",
        "business_scope",
        "main_business",
        "ticker",
    },
    "controlling_person": {"certification_no", "person_no", "other_no"},
    "credential": {"issuing_authority"},
    "credential_verification": {"source", "reference"},
    "phone": {"extension_no"},
    "address": {"province", "city", "district", "postcode"},
    "agency_agreement": {"agreement_no", "fee_rule", "channels", "template_version", "ended_why"},
    "agency_batch": {"agreement_no", "batch_no", "handler_no", "digest"},
    "agency_handler": {"agreement_no", "handler_no"},
    "agreement": {"product_code", "branch_code"},
    "channel_preference": {"hours"},
    "consent": {"text_version", "evidence"},
    "customer_event": {"reference"},
    "document": {"about", "media_type"},
    "expected_activity": {"countries", "products", "evidence"},
    "financial_statement": {"auditor", "evidence"},
    "income": {"evidence"},
    "investor_assessment": {
        "assessment_no",
        "regime_version",
        "assets_evidence",
        "income_evidence",
        "experience_evidence",
        "evidence_used",
    },
    "rating": {"grade", "model", "list_version", "reviewer"},
    "relationship": {"other_no", "evidence"},
    "restriction": {"order_no", "lifted_by"},
    "tax_certification": {"certification_no", "evidence", "indicia", "superseded_by"},
    "tax_residence": {"certification_no", "person_no"},
}
FACETS = list(registry.facets())
#: Masked kinds are data of a person (JR/T 0171 C2 and C3); what has none is classified as clear by name.
PERSONAL = re.compile(r"name|number|birth|address|detail|phone|mobile|email|raw_values")


def fields() -> Iterator[tuple[Facet, Field[Any, Any]]]:
    for facet in FACETS:
        for field in own_fields(facet.model):
            yield facet, field


@pytest.mark.parametrize("facet", FACETS, ids=lambda facet: facet.name)
def test_every_field_has_a_label_in_both_languages(facet: Facet) -> None:
    model: type[SubjectModel] = facet.model
    labels = [
        (f.name, f.verbose_name) for f in model._meta.concrete_fields if f.name not in model.DERIVED | {"id"}
    ]
    labels += [("(model)", model._meta.verbose_name), ("(models)", model._meta.verbose_name_plural)]

    for name, label in labels:
        with translation.override("en"):
            english = str(label)
        with translation.override("zh-hans"):
            chinese = str(label)
        assert english, name
        assert not HAN.search(english), f"{name}: {english}"
        assert HAN.search(chinese), f"{facet.name}.{name} has no Chinese label: {chinese}"


@pytest.mark.parametrize("facet", FACETS, ids=lambda facet: facet.name)
def test_every_text_is_sealed_masked_coded_or_clear_on_purpose(facet: Facet) -> None:
    model = facet.model
    texts = [f for f in own_fields(model) if isinstance(f, CharField | TextField | SealedField)]
    open_texts = {f.attname for f in texts if not sensitive(model, f) and f.name not in model.CODES}

    assert open_texts <= CLEAR.get(facet.name, set())


def test_what_leads_to_a_person_is_sensitive() -> None:
    shown = {
        f"{facet.name}.{f.name}"
        for facet, f in fields()
        if PERSONAL.search(f.name) and not sensitive(facet.model, f)
    }

    assert shown == {
        "organisation_profile.registered_name",
        "organisation_profile.english_name",
        "organisation_profile.short_name",
    }


def test_every_code_list_of_a_field_is_there_and_labelled() -> None:
    for facet, field in fields():
        name = facet.model.CODES.get(field.name)
        if name is None:
            continue
        codes = get(name)
        assert len(codes) > 0, name
        for code in list(codes)[:400]:
            assert codes.label(code, "zh"), f"{name} {code}"
            assert codes.label(code, "en"), f"{name} {code}"


def test_no_clear_column_of_a_customer_may_be_compared_with_a_sealed_value() -> None:
    """Sealed columns have no index and no unique rule: they are found through the lookup index only."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                assert not field.unique
                assert not field.db_index
                assert all(field.name not in index.fields for index in model._meta.indexes)


def test_history_tables_hold_every_column_but_the_computed_ones() -> None:
    for facet in FACETS:
        history = facet.model.history.model  # type: ignore[attr-defined]
        told = {f.attname for f in facet.model._meta.concrete_fields if f.name not in facet.model.DERIVED}
        assert told <= {f.attname for f in history._meta.concrete_fields}, facet.name
