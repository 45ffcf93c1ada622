"""The banner of the demo: every figure comes from the runs."""

from typing import Any

from batch.demo.bank import PASSWORD


def banner(address: str, told: dict[str, Any]) -> str:
    """Where to look, what was done, who can log in."""
    lines = ["", "  Panorama is up.", "", f"  {address}", ""]
    lines += [_load(load) for load in told["loads"]]
    lines += [_consolidation(told["consolidation"], told["customers"]), ""]
    lines += ["  Look first (log in as teller, type into the search box):"]
    lines += [f"    {sight['term']:<20} {sight['why']}" for sight in told["sights"]]
    lines += ["", f"  Logins, all with the password {PASSWORD}:"]
    lines += [f"    {login['username']:<22} {login['role']}, {login['branch']}" for login in told["logins"]]
    lines += [
        "",
        f"  REST: {address}api/docs",
        "  Ctrl-C stops everything; the data stays. make demo-reset removes it.",
        "",
    ]
    return "\n".join(lines)


def _load(load: dict[str, Any]) -> str:
    return (
        f"  {load['file']}: {load['rows']:,} rows, {load['created']:,} customers created, "
        f"{load['rejected']:,} rows rejected, {load['issues']:,} quality issues, {load['seconds']} s"
    )


def _consolidation(done: dict[str, Any], customers: int) -> str:
    return (
        f"  Consolidation: {done['pairs']:,} pairs compared, {done['merged']:,} duplicates merged, "
        f"{done['review']:,} cases for people, {done['seconds']} s; {customers:,} customers now"
    )
