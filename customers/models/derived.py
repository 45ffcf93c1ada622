"""What a customer row computes from the whole bundle: its branch, its branch path, its search tokens."""

from django.db import connection

from customers.rules.names import search_terms
from mdm.subjects import Bundle, Row
from security.crypto.blind_index import declare, token_column
from security.models import Organisation

#: The digest kind of name tokens.
TOKEN_KIND = declare("NAME_TOKEN")

#: Who sees one member of a golden customer sees all of them: each carries the paths of all branches.
_UNION_OF_MEMBERS = """
UPDATE customers_customer c SET org_path = u.path FROM (
    SELECT g.id || g.members AS ids, array_agg(DISTINCT node ORDER BY node) AS path
    FROM customers_customer g
    JOIN customers_customer m ON m.id = ANY(g.id || g.members)
    JOIN security_organisation o ON o.id = m.org_id
    CROSS JOIN unnest(o.path) node
    WHERE g.id IN (SELECT coalesce(golden_id, id) FROM customers_customer WHERE id = ANY(%s))
    GROUP BY g.id
) u WHERE c.id = ANY(u.ids) AND c.org_path IS DISTINCT FROM u.path
"""


def customer_columns(bundles: list[Bundle]) -> list[Row]:
    """`org_id`, `org_path` and `name_tokens` for each bundle."""
    tokens = name_tokens(bundles)
    branches = organisations()
    rows = []
    for bundle, found in zip(bundles, tokens, strict=True):
        customer = bundle.first("customer")
        branch = branches.by_row(customer)
        rows.append({"org_id": branch[0], "org_path": sorted(branch[1]), "name_tokens": found})
    return rows


def name_tokens(bundles: list[Bundle]) -> list[list[int]]:
    """Keyed digests of every name part that search should find."""
    terms = [
        list(dict.fromkeys(term for name in names_of(bundle) for term in search_terms(name)))
        for bundle in bundles
    ]
    flat = iter(token_column(TOKEN_KIND, [term for part in terms for term in part]))
    return [[value for value in (next(flat) for _ in part) if value is not None] for part in terms]


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
        self.by_id = {org.pk: (org.pk, list(org.path)) for org in Organisation.objects.all()}
        self.by_code = {org.code: self.by_id[org.pk] for org in Organisation.objects.all()}
        self.root = self.by_id[Organisation.objects.filter(parent=None).earliest("id").pk]

    def by_row(self, customer: Row) -> tuple[int, list[int]]:
        """Id and path of the branch a customer row names; head office where it names none we know."""
        if customer.get("org_id"):
            return self.by_id[customer["org_id"]]
        return self.by_code.get(str(customer.get("org") or ""), self.root)


def organisations() -> Branches:
    """The tree as it is now."""
    return Branches()


def settle_paths(customer_ids: list[int]) -> None:
    """Give golden customers and their members the branch paths of all of them; who stands alone has its own."""
    with connection.cursor() as cursor:
        cursor.execute(_UNION_OF_MEMBERS, [customer_ids])
