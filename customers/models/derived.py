"""What a customer row computes from the whole bundle: its branch, its branch path, its search tokens."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from django.db import connection

from customers.rules.names import search_terms
from mdm.subjects import Bundle, Row
from security.crypto.blind_index import declare, token_column, written
from security.models import Organisation

#: The digest kind of name tokens.
TOKEN_KIND = declare("NAME_TOKEN")

#: Who sees one member of a golden customer sees all of them: each carries branches and tags of all. One
#: that is protected protects all of them.
_UNION_OF_MEMBERS = """
WITH family AS (
    SELECT g.id AS golden, g.id || g.members AS ids FROM customers_customer g
    WHERE g.id IN (SELECT coalesce(golden_id, id) FROM customers_customer WHERE id = ANY(%s))
), told AS (
    SELECT f.golden, f.ids, m.id, m.org_id, m.party_type, m.segment, o.path
    FROM family f JOIN customers_customer m ON m.id = ANY(f.ids) JOIN security_organisation o ON o.id = m.org_id
), tag AS (
    SELECT golden, unnest(ARRAY['org:' || org_id, 'party_type:' || party_type, 'segment:' || segment]) AS tag
    FROM told
    UNION SELECT t.golden, 'manager:' || k.value FROM told t
    JOIN customers_accessmark k ON k.customer_id = t.id AND k.kind = 'MANAGER' AND k.ended_at IS NULL
), seen AS (
    SELECT f.golden, f.ids,
        ARRAY(SELECT DISTINCT node FROM told t CROSS JOIN unnest(t.path) node
              WHERE t.golden = f.golden ORDER BY node) AS path,
        ARRAY(SELECT g.tag FROM tag g WHERE g.golden = f.golden ORDER BY g.tag) AS tags,
        ARRAY(SELECT DISTINCT k.value::text FROM customers_accessmark k WHERE k.customer_id = ANY(f.ids)
              AND k.kind = 'PROTECTED' AND k.ended_at IS NULL ORDER BY 1) AS guarded
    FROM family f
)
UPDATE customers_customer c SET org_path = s.path, scope_tags = s.tags, guarded = s.guarded
FROM seen s WHERE c.id = ANY(s.ids)
AND (c.org_path, c.scope_tags::text[], c.guarded::text[]) IS DISTINCT FROM (s.path, s.tags, s.guarded)
"""


def customer_columns(bundles: list[Bundle]) -> list[Row]:
    """`org_id`, `org_path`, `scope_tags`, `name_tokens` and what these are under, for each bundle."""
    named = token_columns(bundles)
    branches = organisations()
    rows = []
    for bundle, tokens in zip(bundles, named, strict=True):
        customer = bundle.first("customer")
        branch = branches.by_row(customer)
        told = {"org_id": branch[0], "org_path": sorted(branch[1]), **tokens}
        rows.append({**told, "scope_tags": scope_tags(branch[0], bundle.party_type, customer)})
    return rows


def scope_tags(org_id: int, party_type: str, customer: Row) -> list[str]:
    """What filters of grants ask for, of one customer alone (`security.access.grants.FILTERS`)."""
    return list(_tags(org_id, party_type, customer.get("segment") or ""))


@lru_cache(maxsize=4096)
def _tags(org_id: int, party_type: str, segment: str) -> tuple[str, ...]:
    return tuple(sorted((f"org:{org_id}", f"party_type:{party_type}", f"segment:{segment}")))


def token_columns(bundles: list[Bundle]) -> list[Row]:
    """Keyed digests of every name part that search should find, those of the newest key first."""
    terms = [
        list(dict.fromkeys(term for name in names_of(bundle) for term in search_terms(name)))
        for bundle in bundles
    ]
    flat, versions = [term for part in terms for term in part], written(TOKEN_KIND)[:2]
    found = [iter(token_column(TOKEN_KIND, flat, version)) for version in versions]
    under = {"token_version": versions[0].key, "token_former": versions[-1].key if versions[1:] else None}
    return [
        {"name_tokens": [v for tokens in found for v in _some(tokens, len(part))], **under} for part in terms
    ]


def _some(tokens: Iterator[int | None], count: int) -> list[int]:
    return [value for value in islice(tokens, count) if value is not None]


def names_of(bundle: Bundle) -> list[str]:
    """Every name that a bundle tells, of persons and organisations."""
    people = [str(row["full_name"]) for row in bundle.rows("customer_name") if row.get("full_name")]
    profile = bundle.first("organisation_profile")
    firm = [
        str(profile[name]) for name in ("registered_name", "english_name", "short_name") if profile.get(name)
    ]
    return people + firm


class Branches:
    """The organisation tree as bundles name it: by code, or by id when read back."""

    def __init__(self) -> None:
        all_of_them = list(Organisation.objects.all())
        self.by_id = {org.pk: (org.pk, list(org.path)) for org in all_of_them}
        self.by_code = {org.code: self.by_id[org.pk] for org in all_of_them}
        self.root = self.by_id[min(org.pk for org in all_of_them if org.parent_id is None)]

    def by_row(self, customer: Row) -> tuple[int, list[int]]:
        """Id and path of the branch a customer row names; head office where it names none we know."""
        if customer.get("org_id"):
            return self.by_id[customer["org_id"]]
        return self.by_code.get(str(customer.get("org") or ""), self.root)


def organisations() -> Branches:
    """The tree as it is now."""
    return Branches()


def follow_branches(orgs: list[int]) -> int:
    """Give customers of these branches, and those merged with them, the paths that their branches have now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_customer WHERE org_id = ANY(%s)", [orgs])
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(_UNION_OF_MEMBERS, [ids])
        return int(cursor.rowcount)


def settle_paths(customer_ids: list[int]) -> None:
    """Give golden customers and their members the branch paths, tags and protection of all of them; who
    stands alone has its own."""
    with connection.cursor() as cursor:
        cursor.execute(_UNION_OF_MEMBERS, [customer_ids])
