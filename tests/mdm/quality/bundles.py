"""Made-up bundles that break no rule; tests change one thing in them."""

from datetime import date
from typing import Any

from mdm.quality.numbers import gb11643_sign, gb11714_sign, gb32100_sign
from mdm.subjects import Bundle

TODAY = date(2026, 11, 22)


def citizen_number(region: str = "110108", birth: str = "19900307", sequence: int = 11) -> str:
    """A made-up citizen number with its check sign."""
    body = f"{region}{birth}{sequence:03}"
    return body + gb11643_sign(body)


def credit_code(organisation: str = "MA27Y4U4") -> str:
    """A made-up unified social credit code with both check signs."""
    body = "91110108" + organisation + gb11714_sign(organisation)
    return body + gb32100_sign(body)


def person(**changes: Any) -> Bundle:
    """A person of Beijing; `facet__field=value` changes the first row of a facet."""
    facets: dict[str, list[dict[str, Any]]] = {
        "customer": [{"party_type": "PERSON", "lifecycle_status": "ACTIVE", "opened_on": date(2020, 1, 1)}],
        "customer_name": [{"kind": "LEGAL", "full_name": "赵明远"}],
        "person_profile": [
            {"sex": "M", "birth_date": date(1990, 3, 7), "nationality": "CHN", "ethnicity": "01"}
        ],
        "credential": [
            {
                "type": "P01",
                "number": citizen_number(),
                "issuing_country": "CHN",
                "issue_date": date(2016, 5, 1),
                "expiry_date": date(2036, 5, 1),
                "is_primary": True,
                "lifecycle_state": "VERIFIED",
            }
        ],
        "phone": [{"kind": "MOBILE", "number": "+8613912340001"}],
        "email": [{"kind": "PERSONAL", "address": "zhao@example.cn"}],
        "address": [
            {
                "kind": "RESIDENCE",
                "country": "CHN",
                "region_code": "110108",
                "province": "北京市",
                "city": "北京市",
                "district": "海淀区",
                "detail": "学院路37号院3号楼",
                "postcode": "100083",
            }
        ],
    }
    return _changed(Bundle("core_customer", "K1", "PERSON", facets), changes)


def organisation(**changes: Any) -> Bundle:
    """A company of Beijing; `facet__field=value` changes the first row of a facet."""
    facets: dict[str, list[dict[str, Any]]] = {
        "customer": [{"party_type": "CORPORATE", "lifecycle_status": "ACTIVE"}],
        "organisation_profile": [
            {"registered_name": "北京远景测绘科技有限公司", "industry": "I", "staff_count": 12}
        ],
        "credential": [{"type": "O01", "number": credit_code(), "issuing_country": "CHN"}],
        "phone": [{"kind": "WORK_TEL", "number": "+861062345678"}],
    }
    return _changed(Bundle("core_customer", "K2", "CORPORATE", facets), changes)


def _changed(bundle: Bundle, changes: dict[str, Any]) -> Bundle:
    for place, value in changes.items():
        facet, field = place.split("__")
        bundle.facets.setdefault(facet, [{}])[0][field] = value
    return bundle
