"""What a new PostgreSQL cluster gets: three login roles, their default privileges, the database."""

from collections.abc import Mapping

from psycopg import Connection
from psycopg.pq.abc import PGconn
from psycopg.sql import SQL, Composed, Identifier, Literal

EXTENSIONS = ("pg_trgm", "btree_gist")
ATTRIBUTES = {
    "owner": "CREATEDB NOBYPASSRLS",  # CREATEDB for scratch databases of tests and benchmarks
    "app": "NOCREATEDB NOBYPASSRLS",
    "engine": "NOCREATEDB BYPASSRLS",
}

Database = Connection[tuple[object, ...]]


def make_roles(database: Database, roles: Mapping[str, str], passwords: Mapping[str, str]) -> None:
    """Create the roles where missing and set their passwords, at every start.

    Args:
        database: a superuser's connection.
        roles: `owner`, `app`, `engine` to the roles' names in PostgreSQL.
        passwords: the same keys to passwords.
    """
    for role, name in roles.items():
        if not _exists(database, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
            database.execute(SQL("CREATE ROLE {}").format(Identifier(name)))
        verifier = Literal(_verifier(database.pgconn, name, passwords[role]))
        attributes = SQL(ATTRIBUTES[role])
        database.execute(
            SQL("ALTER ROLE {} LOGIN {} PASSWORD {}").format(Identifier(name), attributes, verifier)
        )
    others = SQL(", ").join(Identifier(name) for role, name in roles.items() if role != "owner")
    database.execute(SQL("GRANT {} TO {}").format(others, Identifier(roles["owner"])))


def _verifier(connection: PGconn, name: str, password: str) -> str:
    """The password as PostgreSQL stores it, so that the clear one never travels (RFC 5803)."""
    return connection.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()


def prepare_template(database: Database, roles: Mapping[str, str]) -> None:
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


def make_database(database: Database, owner: str, name: str) -> None:
    """Create the database where missing, from the prepared template."""
    if not _exists(database, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        statement = SQL("CREATE DATABASE {} OWNER {}")
        database.execute(statement.format(Identifier(name), Identifier(owner)))


def _exists(database: Database, query: str, name: str) -> bool:
    return database.execute(query, [name]).fetchone() is not None
