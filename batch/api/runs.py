"""`/load-runs`: deliver a file, watch its run."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from batch.api.fields import LoadRunOrderFields, RunFields, RunFilterFields
from batch.api.problems import FILE_CODES
from batch.services import loading
from batch.services.delivering import deliver
from mdm.rest import pages
from mdm.rest.approvals import answered, prefers_refusal
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.upload_views import UploadView
from mdm.rest.uploads import UploadedFile, as_paths
from mdm.rest.views import ApiView
from mdm.runs import JobRun
from mdm.selectors import runs
from security.approvals.requests import Done

TAG = "load-runs"
#: Seconds after which a caller looks again at a run that has not ended.
RETRY_AFTER = "2"


class LoadRunsView(UploadView):
    """`/load-runs`."""

    @operation(
        Operation(
            scope="load.view",
            name="load_runs_list",
            summary=_("List runs"),
            tag=TAG,
            query=RunFilterFields,
            answer=RunFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of runs, newest first."""
        found = runs.list_runs(
            call.actor, after=pages.after(call), size=pages.page_size(call), job=call.query.get("job", "")
        )
        return pages.page(call, [run_data(run) for run in found.rows], found.next)

    @operation(
        Operation(
            scope="load.run",
            name="load_runs_create",
            summary=_("Deliver a file to be loaded"),
            description=_(
                "Looks at the file as a whole, keeps it sealed, and answers with the run that a worker takes."
            ),
            tag=TAG,
            body=LoadRunOrderFields,
            answer=RunFields,
            status=202,
            idempotent=True,
            may_wait=True,
            refusals=("layout.unknown", "access.source", *FILE_CODES),
        )
    )
    def post(self, call: Call) -> Answer:
        """The waiting run, or the change request that waits for a second person."""
        return answered(call, _submit(call), lambda run: _taken(call, run))


class LoadRunView(ApiView):
    """`/load-runs/{run_id}`."""

    @operation(
        Operation(
            scope="load.view",
            name="load_runs_read",
            summary=_("Read a run"),
            description=_("Its state, progress, counts and problems; never the content of a row."),
            tag=TAG,
            answer=RunFields,
            refusals=("run.unknown",),
        )
    )
    def get(self, call: Call, run_id: int) -> Answer:
        """The run as it stands."""
        run = runs.get(call.actor, run_id)
        return Answer(run_data(run), headers={} if run.final else {"Retry-After": RETRY_AFTER})


def _taken(call: Call, run: JobRun) -> Answer:
    headers = {"Retry-After": RETRY_AFTER}
    return Answer(run_data(run), location=f"{call.request.path}/{run.pk}", headers=headers)


def _submit(call: Call) -> Done:
    """Hand the uploaded files to the service as paths, under the name that the sender gave the data file."""
    data = call.data
    files: dict[str, UploadedFile] = {"data": data["file"]}
    if data.get("control"):
        files["data.ctl"] = data["control"]
    order: dict[str, Any] = {
        "mode": data.get("mode"),
        "business_date": data.get("business_date"),
        "at": call.at,
        "file_name": data["file"].name or "data",
    }
    with as_paths(files) as folder:
        told = (call.actor, folder / "data", data["layout"])
        if prefers_refusal(call):
            return Done(loading.submit(*told, **order))
        return deliver(*told, **order)


def run_data(run: JobRun) -> dict[str, Any]:
    """A run as `RunFields` describes it."""
    counts = {name: value for name, value in run.counts.items() if isinstance(value, int)}
    problems = [{"pointer": None, **problem} for problem in run.problems]
    return {
        "id": run.pk,
        "job": run.job,
        "state": run.state,
        "business_date": run.business_date,
        **{name: run.params.get(name) for name in ("layout", "file", "mode")},
        "progress": {
            "done": run.done,
            "total": run.total,
            "unit": run.unit,
            "share": run.share,
            "step": run.step,
        },
        "counts": counts,
        "problems": problems,
        "started_by": run.started_by,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
