"""PostgreSQL's array literals: for thousands of values several times cheaper than arrays that psycopg dumps one
element after the other. The statement casts them (`%s::bigint[]`, `%s::bytea[]`).

Format: PostgreSQL's documentation, "Array Input and Output Syntax" and "bytea Hex Format".
"""

from collections.abc import Iterable


def of_ids(ids: Iterable[int]) -> str:
    """A literal of bigint[]."""
    return f"{{{','.join(map(str, ids))}}}"


def of_bytes(values: Iterable[bytes]) -> str:
    """A literal of bytea[]."""
    return "{" + ",".join(['"\\\\x' + value.hex() + '"' for value in values]) + "}"
