"""On which fields of a customer name screening and the grade of risk depend (domain 1.2, subject 8)."""

from collections.abc import Iterable, Mapping

#: The kind of event that says that screening is due.
RESCREENING = "RESCREENING"
#: Facet -> the fields that count; `*` for all of them.
CRITICAL: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"party_type"}),
    "customer_name": frozenset({"*"}),
    "person_profile": frozenset(
        {
            *("birth_date", "sex", "nationality", "second_nationality", "third_nationality"),
            *("occupation", "resident_status"),
        }
    ),
    "organisation_profile": frozenset(
        {"registered_name", "english_name", "country", "industry", "business_scope", "main_business"}
    ),
    "credential": frozenset({"type", "number", "issuing_country", "name_on_document"}),
    "relationship": frozenset({"*"}),
    "tax_residence": frozenset({"*"}),
}


def critical(facet: str, fields: Iterable[str]) -> list[str]:
    """The fields of a change on which screening depends."""
    asked = CRITICAL.get(facet, frozenset())
    return sorted(fields) if "*" in asked else sorted(asked & set(fields))
