"""`python -m benchmarks NAME [--rows N]` in the scratch environment that `manage.py benchmark` prepares."""

import argparse
import importlib
import json
import sys

import django


def main() -> None:
    """Run one benchmark; the last line printed is its result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--rows", type=int)
    chosen = parser.parse_args()
    django.setup()
    module = importlib.import_module(f"benchmarks.{chosen.name}")
    measured = module.run(chosen.rows or module.ROWS)
    sys.stdout.write(json.dumps(measured.told(chosen.name)) + "\n")


if __name__ == "__main__":
    main()
