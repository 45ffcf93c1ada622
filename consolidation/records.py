"""From a bundle to what matching needs: its record, its signature, its candidate keys."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from consolidation.matching.blocking import candidate_keys
from consolidation.matching.records import (
    ORGANISATION,
    PERSON,
    MatchRecord,
    RecordAddress,
    RecordCredential,
    RecordName,
)
from consolidation.matching.signature import Signatures, signatures, to_bytes
from consolidation.models.signature import moment_of_writing
from credentials.rules.formats import has_check_digit
from credentials.rules.telling import tell
from customers.rules.contact import normalise_email, normalise_phone
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.subjects import Bundle, Derivation, Derived, Row
from security.crypto.blind_index import Version, declare, in_use, token_array, written

#: The digest kind of signatures' columns, and the number of candidate keys in the lookup index.
TOKEN_KIND = declare("MATCH")
LOOKUP_NUMBER = 10

#: Statuses after which a customer is not merged by itself.
_CLOSED = frozenset({"CLOSED", "DISSOLVED", "MERGED", "REJECTED", "WITHDRAWN"})


def keyed(texts: Sequence[str], version: Version | None = None) -> NDArray[np.uint64]:
    """Keyed digests of texts that are not blank, under the version in use unless told."""
    return token_array(TOKEN_KIND, texts, version)


def signatures_of(
    ids: Sequence[int], bundles: Sequence[Bundle], version: Version | None = None
) -> Signatures:
    """The signatures of bundles stored, or to be stored, as these customers; under the version in use unless
    told."""
    chosen = version or in_use(TOKEN_KIND)
    told = [record_of(customer, bundle) for customer, bundle in zip(ids, bundles, strict=True)]
    return signatures(told, lambda texts: keyed(texts, chosen))


def signed(
    ids: Sequence[int], bundles: Sequence[Bundle], version: Version
) -> tuple[list[bytes], list[tuple[int, bytes, int]]]:
    """Bodies of signatures, and candidate keys as the lookup index takes them."""
    rows = signatures_of(ids, bundles, version)
    keys = enumerate(candidate_keys(rows))
    return to_bytes(rows), [(at, key.to_bytes(8, "big"), version.key) for at, own in keys for key in own]


def derive(ids: list[int], bundles: list[Bundle]) -> Derived:
    """Rows of the signature table and candidate keys of the lookup index, under both versions while the key is
    rotated."""
    first, *other = written(TOKEN_KIND)[:2]
    bodies, digests = signed(ids, bundles, first)
    now = moment_of_writing()
    if not other:
        return Derived(
            [(pk, body, now, first.key, None, None) for pk, body in zip(ids, bodies, strict=True)], digests
        )
    more, further = signed(ids, bundles, other[0])
    rows = [
        (pk, body, now, first.key, second, other[0].key)
        for pk, body, second in zip(ids, bodies, more, strict=True)
    ]
    return Derived(rows, digests + further)


DERIVATION = Derivation(
    name="signature",
    table="consolidation_signature",
    columns=("customer_id", "body", "changed_at", "key_version", "next_body", "next_version"),
    types=("bigint", "bytea", "timestamptz", "smallint", "bytea", "smallint"),
    lookup=LOOKUP_NUMBER,
    compute=derive,
)


def record_of(customer_id: int, bundle: Bundle) -> MatchRecord:
    """What matching needs of one customer."""
    person, firm = bundle.first("person_profile"), bundle.first("organisation_profile")
    status = str(bundle.first("customer").get("lifecycle_status") or "")
    birth = person.get("birth_date")
    return MatchRecord(
        id=customer_id,
        party_type=PERSON if bundle.party_type in PERSON_TYPES else ORGANISATION,
        names=[_name(row) for row in bundle.rows("customer_name")] + _firm_names(firm),
        registered_name=str(firm.get("registered_name") or ""),
        sex=str(person.get("sex") or ""),
        birth_date=birth if isinstance(birth, date) else None,
        birth_raw="".join(filter(str.isdigit, _raw(person, "birth_date"))),
        nationality=str(person.get("nationality") or ""),
        credentials=[_credential(bundle, row) for row in bundle.rows("credential") if row.get("number")],
        phones=[normalise_phone(str(row["number"])) for row in bundle.rows("phone") if row.get("number")],
        emails=[normalise_email(str(row["address"])) for row in bundle.rows("email") if row.get("address")],
        addresses=[_address(row) for row in bundle.rows("address")],
        closed=status in _CLOSED,
        deceased=status == "DECEASED" or person.get("deceased_on") is not None,
    )


def _raw(row: Row, field: str) -> str:
    return str((row.get("raw_values") or {}).get(field) or "")


def _text(row: Row, field: str) -> str:
    return str(row.get(field) or "")


def _name(row: Row) -> RecordName:
    return RecordName(
        _text(row, "kind") or "LEGAL",
        _text(row, "full_name"),
        _text(row, "surname"),
        _text(row, "given_name"),
    )


def _firm_names(firm: Row) -> list[RecordName]:
    told: list[tuple[str, Any]] = [("ENGLISH", firm.get("english_name")), ("SHORT", firm.get("short_name"))]
    return [RecordName(kind, str(name)) for kind, name in told if name]


def _credential(bundle: Bundle, row: Row) -> RecordCredential:
    kind, country, told = str(row["type"]), _text(row, "issuing_country") or "CHN", tell(bundle, row)
    sound = has_check_digit(kind) and told.fits and not told.placeholder
    return RecordCredential(kind, told.number, country, _text(row, "lifecycle_state") == "VERIFIED", sound)


def _address(row: Row) -> RecordAddress:
    return RecordAddress(*[str(row.get(name) or "") for name in RecordAddress._fields])
