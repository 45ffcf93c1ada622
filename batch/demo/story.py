"""What the demonstration shows: two files loaded and consolidated, what to look for, figures of the runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from batch.demo.bank import SUB_BRANCH, Login, make_bank
from batch.demo.details import deliver_details
from batch.layouts.core_customer import CORE_CUSTOMER
from batch.layouts.febrl import FEBRL
from batch.services.loading import JOB, load_file, loader
from consolidation.selectors.policies import JOB as CONSOLIDATE
from consolidation.services.matching import consolidate
from customers.models import Customer
from mdm.bulk.reading import read_bundles
from mdm.conf import BASE_DIR
from mdm.console import progress
from mdm.runs import JobRun, RunState
from security.access.actor import system_actor
from security.models import Organisation

#: The FEBRL 3 file that comes with the project: 5,000 person records with known duplicates.
FEBRL_FILE = BASE_DIR / "batch" / "data" / "febrl3.csv"
CUSTOMERS, SEED = 20_000, 20_261_122
#: The file that the generator writes.
GENERATED = "customers.csv"


@dataclass(frozen=True, slots=True)
class Sight:
    """A customer worth looking at: what to type, and why."""

    term: str
    why: str


def prepare(at: datetime) -> dict[str, Any]:
    """Make the bank, load and consolidate what was not yet, and tell everything the banner prints."""
    logins = make_bank(at)
    if not _loaded(FEBRL_FILE.name):
        _load(FEBRL_FILE, FEBRL.name)
    if not _loaded(GENERATED):
        with _generated() as path:
            _load(path, CORE_CUSTOMER.name)
    if not JobRun.objects.filter(job=CONSOLIDATE, state=RunState.SUCCEEDED).exists():
        actor = system_actor("consolidate", ["consolidate.run", "merge.run"], channel="BATCH")
        with progress("consolidate", quiet=False) as tell:
            consolidate(actor, business_date=timezone.localtime(at).date(), full=True, at=at, tell=tell)
    deliver_details(timezone.now())
    return told(logins)


def _load(path: Path, layout: str) -> None:
    with progress(f"load {path.name}", quiet=False) as tell:
        load_file(loader(), path, layout, at=timezone.now(), tell=tell)


@contextmanager
def _generated() -> Iterator[Path]:
    """The generated Chinese customers in a folder that only we can read, gone once they are loaded."""
    with TemporaryDirectory(prefix="panorama-demo-") as folder:  # made with mode 0700
        call_command("generate_customers", rows=CUSTOMERS, seed=SEED, out=Path(folder), verbosity=0)
        for made in Path(folder).iterdir():
            made.chmod(0o600)
        yield Path(folder) / GENERATED


def _loaded(file_name: str) -> bool:
    done = JobRun.objects.filter(job=JOB, params__file=file_name)
    return done.filter(state__in=(RunState.SUCCEEDED, RunState.PARTIAL)).exists()


def told(logins: list[Login]) -> dict[str, Any]:
    """Figures of the runs, logins, and what to look at first."""
    loads = JobRun.objects.filter(job=JOB, params__file__in=(FEBRL_FILE.name, GENERATED)).order_by("id")
    loads = loads.filter(state__in=(RunState.SUCCEEDED, RunState.PARTIAL))
    matched = JobRun.objects.filter(job=CONSOLIDATE, state=RunState.SUCCEEDED).order_by("id").first()
    return {
        "loads": [{"file": run.params["file"], **run.counts, "seconds": _seconds(run)} for run in loads],
        "consolidation": {**matched.counts, "seconds": _seconds(matched)} if matched else {},
        "customers": Customer.objects.filter(golden=None).count(),
        "logins": [asdict(login) for login in logins],
        "sights": [asdict(sight) for sight in _sights()],
    }


def _seconds(run: JobRun) -> float:
    begun, ended = run.started_at, run.finished_at
    return round((ended - begun).total_seconds(), 1) if begun and ended else 0.0


def _sights() -> Iterator[Sight]:
    """A customer of the teller's branch merged from several records, by its ID number and by its name."""
    branch = Organisation.objects.get(code=SUB_BRANCH)
    seen = Customer.objects.filter(golden=None, org_path__contains=[branch.pk], party_type="PERSON")
    merged = seen.exclude(members=[]).order_by("id")[:50]
    for customer in merged:
        (bundle,), _ids = read_bundles([customer.pk])
        resident = [row for row in bundle.rows("credential") if row["type"] == "P01"]
        names = bundle.rows("customer_name")
        if resident and names:
            yield Sight(str(resident[0]["number"]), "an ID number: one customer, merged from several records")
            yield Sight(str(names[0]["full_name"]), "the same customer by name")
            return
