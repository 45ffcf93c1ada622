"""Bodies as the description shows them; a test sends each of them."""

from mdm.rest.operations import Example

#: The numbers are vectors of GB 11643 and GB 32100, nobody's.
PERSON = Example(
    "A person",
    {
        "source_key": "0001",
        "party_type": "PERSON",
        "customer": {"opened_on": "2026-03-02", "language": "zh"},
        "customer_names": [{"kind": "LEGAL", "full_name": "林知远"}],
        "person_profile": {"sex": "F", "birth_date": "1949-12-31", "nationality": "CHN"},
        "credentials": [
            {
                "type": "P01",
                "number": "11010519491231002X",
                "issuing_country": "CHN",
                "expiry_date": "9999-12-31",
                "is_primary": True,
            }
        ],
        "phones": [{"kind": "MOBILE", "number": "+8613900139123", "is_primary": True}],
    },
)
COMPANY = Example(
    "A company",
    {
        "source_key": "0002",
        "party_type": "CORPORATE",
        "organisation_profile": {"registered_name": "北京星辰科技有限公司", "country": "CHN"},
        "credentials": [{"type": "O01", "number": "91350100M000100Y43", "issuing_country": "CHN"}],
    },
)
BY_DOCUMENT = Example("By document number", {"text": "11010519491231002X"})
BY_NAME = Example("By name", {"text": "林知远", "size": 5})
