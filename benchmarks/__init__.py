"""Speed beside a peer and a floor, in the same run. `manage.py benchmark NAME [--rows N]` starts them.

A benchmark is a module with `run(rows: int) -> Measured` and `ROWS`, its default. It runs as the engine's role in
a database of its own that holds the schema and the keys, and nothing else.
"""
