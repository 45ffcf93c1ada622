"""What loosens the limits of a client system, and what only tightens them."""

import pytest

from security.access.client_limits import QUOTA, Limits

HELD = Limits(("10.0.0.0/8", "2001:db8::/32"), 60, True)
OPEN = Limits((), None, False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (HELD, HELD),
        (OPEN, OPEN),
        (OPEN, HELD),
        (HELD, Limits(("10.1.0.0/16", "10.2.3.4/32", "2001:db8:1::/48"), 59, True)),
        (OPEN, Limits((), QUOTA, False)),
        (Limits((), QUOTA + 1, False), OPEN),
    ],
)
def test_what_keeps_out_as_much_or_more_is_tightening(old: Limits, new: Limits) -> None:
    assert not new.loosens(old)


@pytest.mark.parametrize(
    "new",
    [
        Limits((), 60, True),
        Limits((*HELD.networks, "192.168.0.0/24"), 60, True),
        Limits(("10.0.0.0/7",), 60, True),
        Limits(("0.0.0.0/0",), 60, True),
        Limits(("::/0",), 60, True),
        Limits(HELD.networks, 61, True),
        Limits(HELD.networks, None, True),
        Limits(HELD.networks, 60, False),
        Limits(("10.1.0.0/16",), 1, False),
    ],
)
def test_what_lets_anything_more_in_is_loosening(new: Limits) -> None:
    assert new.loosens(HELD)


def test_a_quota_above_that_for_all_is_loosening() -> None:
    assert Limits((), QUOTA + 1, False).loosens(OPEN)
