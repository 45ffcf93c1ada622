"""A branch with people who ask and people who decide, and one customer.

A conftest is read before Django is set up, so fixtures import for themselves.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.security.approvals.desk import Desk


@pytest.fixture
def desk(db: None) -> "Desk":
    """Customer, teller, checker and whoever else a test hires."""
    from tests.security.approvals.desk import Desk

    return Desk.open()
