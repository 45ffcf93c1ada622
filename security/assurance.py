"""The self-check: one look at everything that must be so for the product to be safe, with a score.

Parts register probes at start-up (`AppConfig.ready`); a probe asks the running system, never the
configuration's word for it, and answers in a sentence without any customer's data. What a probe cannot
find out is as bad as what it finds wrong.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from security.access.actor import Actor
from security.audit.log import record

Text = str | Promise
#: The right to look.
RIGHT = "system.check"
_log = logging.getLogger(__name__)


class Verdict(StrEnum):
    """What a probe says."""

    OK = "OK"
    WARN = "WARN"
    BAD = "BAD"


#: How much of its weight a verdict leaves.
_WORTH = {Verdict.OK: 1.0, Verdict.WARN: 0.5, Verdict.BAD: 0.0}


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and the sentence that explains it."""

    verdict: Verdict
    text: Text


@dataclass(frozen=True, slots=True)
class Probe:
    """One question; `weight` is how much it counts, `section` under which heading it stands."""

    name: str
    section: Text
    label: Text
    ask: Callable[[datetime], Finding]
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Answered:
    """A probe and what it found."""

    probe: Probe
    finding: Finding


@dataclass(frozen=True, slots=True)
class Assured:
    """All answers and the score: 0 to 100, never above 60 while anything is bad."""

    score: int
    answers: tuple[Answered, ...]


#: The best score while something is bad: a good average must not hide it.
_CAP = 60
_probes: dict[str, Probe] = {}


def register(*probes: Probe) -> None:
    """Enter probes; the same name again replaces."""
    _probes.update({probe.name: probe for probe in probes})


def probes() -> list[Probe]:
    """Every probe, in the order in which they were entered."""
    return list(_probes.values())


def self_check(actor: Actor, *, at: datetime) -> Assured:
    """Ask every probe. NotAllowed without the right; logged."""
    actor.require(RIGHT)
    answers = tuple(Answered(probe, _asked(probe, at)) for probe in probes())
    found = Assured(score(answers), answers)
    bad = [one.probe.name for one in answers if one.finding.verdict is Verdict.BAD]
    with transaction.atomic():
        record(actor, "system.self_check", at, fields={"score": found.score, "bad": bad})
    return found


def score(answers: tuple[Answered, ...]) -> int:
    """The weighted share of what is well."""
    whole = sum(one.probe.weight for one in answers)
    well = sum(one.probe.weight * _WORTH[one.finding.verdict] for one in answers)
    told = int(100 * well / whole) if whole else 0
    bad = any(one.finding.verdict is Verdict.BAD for one in answers)
    return min(told, _CAP) if bad else told


def _asked(probe: Probe, at: datetime) -> Finding:
    """The answer; a probe that breaks is bad, and the log has the reason."""
    try:
        with transaction.atomic():  # what one probe breaks is no other's concern
            return probe.ask(at)
    except Exception:  # noqa: BLE001 (a probe asks systems that may be in any state)
        _log.exception("probe %s broke", probe.name)
        return Finding(Verdict.BAD, _("This could not be found out; the log has the reason."))
