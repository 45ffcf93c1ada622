"""What a new PostgreSQL cluster gets: three login roles, their default privileges, the database."""

from collections.abc import Mapping

from psycopg import Connection, connect
from psycopg.pq import PGconn
from psycopg.sql import SQL, Composed, Identifier, Literal

EXTENSIONS = ("pg_trgm", "btree_gist")
ATTRIBUTES = {
    "owner": "CREATEDB NOBYPASSRLS",  # CREATEDB for scratch databases of tests and benchmarks
    "app": "NOCREATEDB NOBYPASSRLS",
    "engine": "NOCREATEDB BYPASSRLS",
}

Row = tuple[object, ...]


def prepare(connection: Mapping[str, str], roles: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    """Create roles and database where missing, set the passwords; run at every start.

    Args:
        connection: host and port, user and password of the superuser.
        roles: `owner`, `app`, `engine` to the roles' names in PostgreSQL.
        passwords: the same keys to passwords.
    """
    with connect(**connection, dbname="template1", autocommit=True) as database:
        _make_roles(database, roles, passwords)
        _prepare_template(database, roles)
    with connect(**connection, dbname="postgres", autocommit=True) as database:
        _make_database(database, roles)


def _make_roles(database: Connection[Row], roles: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    for role, name in roles.items():
        if not _exists(database, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
            database.execute(SQL("CREATE ROLE {}").format(Identifier(name)))
        database.execute(
            SQL("ALTER ROLE {} LOGIN {} PASSWORD {}").format(
                Identifier(name),
                SQL(ATTRIBUTES[role]),
                Literal(_verifier(database.pgconn, name, passwords[role])),
            )
        )
    database.execute(
        SQL("GRANT {}, {} TO {}").format(*(Identifier(roles[role]) for role in ("app", "engine", "owner")))
    )


def _verifier(connection: PGconn, name: str, password: str) -> str:
    """The password as PostgreSQL stores it, so that the clear one never travels (RFC 5803)."""
    return connection.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()


def _prepare_template(database: Connection[Row], roles: Mapping[str, str]) -> None:
    """Extensions and default privileges: every database made later inherits them."""
    for extension in EXTENSIONS:
        database.execute(SQL("CREATE EXTENSION IF NOT EXISTS {}").format(Identifier(extension)))
    for statement in default_privileges(roles):
        database.execute(statement)


def default_privileges(roles: Mapping[str, str]) -> list[Composed]:
    """The owner's new tables can be written by both others; append-only tables revoke in migrations."""
    names = {key: Identifier(name) for key, name in roles.items()}
    grant = SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT {what} TO {app}, {engine}")
    return [
        grant.format(what=SQL(what), **names)
        for what in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE ON SEQUENCES")
    ]


def _make_database(database: Connection[Row], roles: Mapping[str, str], name: str = "panorama") -> None:
    owner = Identifier(roles["owner"])
    if not _exists(database, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        database.execute(SQL("CREATE DATABASE {} OWNER {}").format(Identifier(name), owner))


def _exists(database: Connection[Row], query: str, name: str) -> bool:
    return database.execute(query, [name]).fetchone() is not None
