"""The one way to declare background work: a typed decorator; the application that sends and runs it.

A message carries ids only: the broker wakes a worker up, the database says what there is to do
(security reference, decision 3). It is sent when the transaction that asks for the work commits.
The web process sends through this application, workers run it (`mdm.celery`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any, Generic, ParamSpec

from celery import Celery
from django.db import transaction
from django.utils import timezone

P = ParamSpec("P")

#: What a message may hold.
Id = int | str

app = Celery("panorama")
app.config_from_object("django.conf:settings", namespace="CELERY")


@dataclass(frozen=True, slots=True)
class Task(Generic[P]):
    """Background work: call it to do it here and now, `send` it to have a worker do it."""

    work: Callable[P, None]
    sent: Any

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        self.work(*args, **kwargs)

    def send(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Wake a worker once the current transaction commits; TypeError for anything but ids."""
        if not all(isinstance(value, Id) for value in (*args, *kwargs.values())):
            raise TypeError("a message carries ids only")
        transaction.on_commit(partial(self.sent.apply_async, args, kwargs))


def task(work: Callable[P, None]) -> Task[P]:
    """Declare a function as background work, acknowledged when done: a worker that dies loses nothing."""
    name = f"{work.__module__}.{work.__name__}"
    return Task(work, app.task(acks_late=True, reject_on_worker_lost=True, name=name)(_up_to_date(work)))


def _up_to_date(work: Callable[P, None]) -> Callable[P, None]:
    """The work by the newest version of the model dictionary."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from mdm.extension.attributes import refresh  # models: this module is read before Django is set up

        refresh()
        work(*args, **kwargs)

    return run


@task
def forget_answers() -> None:
    """Delete kept answers and drafts whose time is over."""
    from mdm.rest import idempotency  # models: this module is read before Django is set up
    from mdm.storage import drafts

    at = timezone.now()
    with transaction.atomic():
        _note_forgotten(at, answers=idempotency.forget_expired(at), drafts=drafts.forget_expired(at))


def _note_forgotten(at: datetime, **gone: int) -> None:
    """One row in the operation log: how many of each were deleted; none where nothing was."""
    from security.access.actor import system_actor  # models: this module is read before Django is set up
    from security.audit.log import record

    if any(gone.values()):
        record(system_actor("upkeep", []), "upkeep.forget", at, subject="upkeep", fields=gone)


@task
def seal_audit() -> None:
    """Seal what waits in the operation log: beside the process that does nothing else (`audit_seal --follow`)."""
    from security.audit.following import sealer

    sealer().round(timezone.now())


@task
def carry_out_ceremonies() -> None:
    """Do what key ceremonies agreed on; one that is refused ends as failed and says why."""
    from contextlib import suppress

    from mdm.errors import ServiceError
    from security.services import key_work

    for ceremony_id in key_work.due():
        with suppress(ServiceError):
            key_work.carry_out(ceremony_id, at=timezone.now())


@task
def apply_policies() -> None:
    """Write the rules of approval that were agreed on: the web may not."""
    from security.services import policy_changes

    policy_changes.apply_due(timezone.now())


@task
def verify_audit(user_id: int = 0) -> None:
    """Verify the operation log for a member of staff, or for the product itself, and keep what was found."""
    from dataclasses import replace

    from security.access.actor import system_actor
    from security.models import User
    from security.services.auditing import VERIFY, verify_log

    # Whoever asked had the right then; the finding is kept under their name.
    worker, user = system_actor("audit", [VERIFY]), User.objects.filter(pk=user_id).first()
    asker = replace(worker, name=user.get_username(), user_id=user.pk) if user else worker
    verify_log(asker, at=timezone.now())


@task
def forget_proofs() -> None:
    """Delete ended sessions, old locks, used nonces and tokens whose time is over."""
    from security.authentication import attempts, sessions
    from security.services import client_proof

    now = timezone.now()
    with transaction.atomic():
        _note_forgotten(
            now,
            sessions=sessions.forget_old(now),
            locks=attempts.forget_old(now),
            proofs=client_proof.forget_old(now),
        )


@task
def age_requests() -> None:
    """Move change requests that waited too long to the next level, and end old ones."""
    from security.access.actor import system_actor
    from security.approvals.ageing import RIGHT, age

    age(system_actor("approvals", [RIGHT]), at=timezone.now())
