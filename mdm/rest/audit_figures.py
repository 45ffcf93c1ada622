"""Figures of the operation log for Prometheus: how long it waits for its seals, what the last verification found."""

from collections.abc import Iterator

from django.db import Error as DatabaseTrouble
from django.utils import timezone
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from security.audit.sealing import newest
from security.audit.waiting import waiting
from security.selectors.integrity import last_broken


class AuditFigures(Collector):
    """Asks the database when the figures are read."""

    def collect(self) -> Iterator[Metric]:
        """The figures; none where the database does not answer."""
        try:
            last = newest()
            told = {
                "unsealed_seconds": (
                    "Age of the oldest operation without a seal",
                    waiting(timezone.now()).seconds,
                ),
                "seals": ("Number of the newest seal", last.n if last else 0),
                "broken": ("Broken places that the last verification found", last_broken()),
            }
        except DatabaseTrouble:
            return
        for name, (about, value) in told.items():
            yield GaugeMetricFamily(f"panorama_audit_{name}", about, value=value)

    def describe(self) -> list[Metric]:
        """Nothing: else registering would ask the database."""
        return []


def enter() -> None:
    """Have the figures told with the others; again does nothing."""
    if not any(isinstance(known, AuditFigures) for known in REGISTRY._collector_to_names):
        REGISTRY.register(AuditFigures())
