"""The pages of control over the log: accessible, fitting, nothing blocked, in use by an auditor."""

from datetime import UTC, datetime

import pytest

from security.models import AuditVerification
from tests.browser.window import Window
from tests.security.audit.logs import write

pytestmark = pytest.mark.browser
PAGES = ("/audit/integrity/", "/changes/", "/security/operationlog/?kind=seen", "/security/operationlog/")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_auditor(window: Window, bank: dict[str, str], page: str) -> None:
    write(3, at=datetime.now(UTC))
    AuditVerification.objects.create(
        at=datetime.now(UTC),
        actor="auditor",
        seals=4,
        checked=1234,
        unsealed=2,
        checkpoints=4,
        broken=2,
        findings=[{"seal": 3, "what": "row.changed", "row": 77}, {"seal": 4, "what": "seal.missing"}],
        seconds=0.2,
    )
    window.sign_in("auditor")
    window.go(f"/customer/{bank['number']}/")
    window.go(page)
    window.assert_accessible()
    window.assert_fits()
