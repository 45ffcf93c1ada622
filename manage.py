#!/usr/bin/env python
"""Run a management command: `manage.py COMMAND`."""

import gc
import os
import sys

#: Commands that change the schema, keys or append-only tables, and so connect as the database's owner.
OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations", "flush", "keys"})


def main() -> None:
    """Choose the settings and the database role, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    role = "owner" if command in OWNER_COMMANDS else "engine"
    os.environ.setdefault("PANORAMA_DB_ROLE", role)
    gc.disable()  # what is loaded at the start stays: to look for cycles in it, again and again, is in vain
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    gc.freeze()
    gc.enable()
    try:
        execute_from_command_line(sys.argv)
    finally:
        gc.freeze()  # nor at the end, for most of a second, in all that there is


if __name__ == "__main__":
    main()
