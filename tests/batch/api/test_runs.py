"""`/load-runs`: deliver a file, watch its run."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from batch.api.runs import LoadRunsView
from batch.models import RejectedRow
from batch.services.loading import run_load
from mdm.rest.uploads import as_paths
from mdm.runs import JobRun
from mdm.storage.models import StoredObject
from security.access.roles import PERMISSIONS
from tests.factories.approvals import unasked
from tests.factories.customers import bank as lay_bank
from tests.factories.customers import person, store
from tests.factories.facet_files import row
from tests.factories.security import branch, client_system
from tests.support.api import Api

pytestmark = pytest.mark.django_db
FEBRL = (
    b"rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state,"
    b" date_of_birth, soc_sec_id\n"
    b"rec-1-org, mitchell, polmear, 341, fitchett street, langi, yangan, 4575, vic, 19951125, 6816043\n"
)


@pytest.fixture
def api() -> Api:
    """A client system that may load the files of its source, which the bank lets go alone."""
    unasked("load.run")
    return Api(loading_client("loader", *PERMISSIONS, "source.febrl"))


def loading_client(name: str, *scopes: str) -> str:
    """The token of a client system whose account may load."""
    return client_system(name, scopes=scopes, roles=("operator",), org=branch("1000"))[1]


def form(content: bytes = FEBRL, **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("people.csv", content), "layout": "febrl", **more}


def control(**changes: str) -> SimpleUploadedFile:
    """A control file that keeps every promise unless changed."""
    digest = hashlib.new("sm3", FEBRL).hexdigest()
    promises = {
        "file": "people.csv",
        "rows": "1",
        "bytes": str(len(FEBRL)),
        "sm3": digest,
        "business_date": "2026-03-02",
        "mode": "full",
        "generated_at": datetime(2026, 3, 2, tzinfo=UTC).isoformat(),
        "producer": "test",
    }
    lines = [f"{name}={value}\n" for name, value in {**promises, **changes}.items()]
    return SimpleUploadedFile("people.ctl", "".join(lines).encode())


def test_a_file_is_taken_and_its_run_is_found_at_its_location(api: Api, objects: dict[str, str]) -> None:
    told = api.upload("load-runs", form(business_date="2026-03-02"))
    assert (told.status, told.body["state"], told.body["layout"]) == (202, "WAITING", "febrl")
    assert (told.body["file"], told.body["business_date"]) == ("people.csv", "2026-03-02")
    assert told.headers["Retry-After"] == "2"
    run = api.get(told.headers["Location"])
    assert run.body == told.body
    assert run.body["progress"] == {"done": 0, "total": 1, "unit": "rows", "share": 0.0, "step": ""}


def test_the_content_is_kept_sealed(api: Api, objects: dict[str, str]) -> None:
    told = api.upload("load-runs", form())
    stored = StoredObject.objects.get(run_id=told.body["id"])
    with default_storage.open(stored.name) as kept:
        raw = kept.read()
    assert len(raw) > len(FEBRL)
    assert b"polmear" not in raw


def test_a_control_file_is_kept_to(api: Api, objects: dict[str, str]) -> None:
    told = api.upload("load-runs", form(control=control()))
    assert (told.status, told.body["mode"], told.body["business_date"]) == (202, "full", "2026-03-02")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rows": "2"}, "file.control_rows"),
        ({"sm3": "0" * 64}, "file.control_digest"),
        ({"file": "other.csv"}, "file.control_file"),
        ({"colour": "red"}, "file.control_syntax"),
    ],
)
def test_a_broken_promise_refuses_the_file(api: Api, changes: dict[str, str], code: str) -> None:
    told = api.upload("load-runs", form(control=control(**changes)))
    assert (told.status, told.code) == (422, code)
    assert not JobRun.objects.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"\n", "file.separator"),
        (FEBRL[:-1], "file.truncated"),
        (FEBRL + b"\xff\xfe\n", "file.encoding"),
        (FEBRL.replace(b"surname", b"nickname"), "file.header_missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(api: Api, content: bytes, code: str) -> None:
    told = api.upload("load-runs", form(content))
    assert told.status == 422
    assert code in {told.code, *(code for _place, code in told.places)}
    assert "polmear" not in told.text
    assert not JobRun.objects.exists()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"file": "text"}, ("/file", "invalid")),
        ({"mode": "all"}, ("/mode", "invalid_choice")),
        ({"business_date": "02.03.2026"}, ("/business_date", "invalid")),
        ({"path": "/etc/passwd"}, ("/path", "unknown")),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_at_its_place(
    api: Api, change: dict[str, Any], place: tuple[str, str]
) -> None:
    told = api.upload("load-runs", {**form(), **change})
    assert (told.status, told.places) == (422, {place})


def test_an_unknown_layout_is_not_there(api: Api) -> None:
    told = api.upload("load-runs", {**form(), "layout": "nothing"})
    assert (told.status, told.code) == (404, "layout.unknown")


def test_the_same_delivery_again_is_the_same_run(api: Api, objects: dict[str, str]) -> None:
    first = api.upload("load-runs", form(), key="delivery-1")
    again = api.upload("load-runs", form(), key="delivery-1")
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (202, first.body, "true")
    other = api.upload("load-runs", form(FEBRL.replace(b"341", b"342")), key="delivery-1")
    assert (other.status, other.code) == (422, "idempotency.reused")
    assert JobRun.objects.count() == 1


def test_without_an_idempotency_key_nothing_is_taken(api: Api) -> None:
    told = api.upload("load-runs", form(), key=None)
    assert (told.status, told.code) == (400, "idempotency.key_missing")


def test_json_is_not_taken(api: Api) -> None:
    told = api.post("load-runs", {"layout": "febrl"})
    assert (told.status, told.code) == (415, "request.media_type")


def test_a_form_over_the_limit_is_refused_before_it_is_read(api: Api) -> None:
    with patch.object(LoadRunsView, "body_limit", 100):
        told = api.upload("load-runs", form())
    assert (told.status, told.code) == (413, "request.too_large")
    assert LoadRunsView.body_limit == 64 * 1024 * 1024


def test_runs_are_listed_newest_first(api: Api, objects: dict[str, str]) -> None:
    one = api.upload("load-runs", form()).body["id"]
    two = api.upload("load-runs", form(FEBRL.replace(b"341", b"342"))).body["id"]
    first = api.get("load-runs?page_size=1")
    second = api.get(first.body["next"])
    assert [run["id"] for run in first.body["items"] + second.body["items"]] == [two, one]
    assert api.get("load-runs?job=nothing").body["items"] == []


@pytest.mark.parametrize("run", ["1", "999999999999999999"])
def test_a_run_that_is_not_there(api: Api, run: str) -> None:
    told = api.get(f"load-runs/{run}")
    assert (told.status, told.code) == (404, "run.unknown")


def test_watching_does_not_allow_loading() -> None:
    watcher = Api(client_system("watcher", scopes=("load.view",))[1])
    assert watcher.get("load-runs").status == 200
    told = watcher.upload("load-runs", form())
    assert (told.status, told.code) == (403, "scope.missing")


def test_a_client_loads_the_files_of_its_own_sources_only(objects: dict[str, str]) -> None:
    forger = Api(loading_client("forger", *PERMISSIONS, "source.core_customer"))
    told = forger.upload("load-runs", form())
    assert (told.status, told.code) == (403, "access.source")
    assert not JobRun.objects.exists()


def events(*sources: str) -> dict[str, Any]:
    """A file of single facets whose rows name these sources, each of the customer P-1."""
    told = [row(source=source, slot=f"V-{place}", kind="VISIT", happened_on="20260302", customer_no="")
            for place, source in enumerate(sources)]  # fmt: skip
    lines = [",".join(told[0]), *(",".join(one.values()) for one in told)]
    return {"file": SimpleUploadedFile("e.csv", "\n".join([*lines, ""]).encode()), "layout": "customer_event"}


def test_a_client_tells_rows_of_its_own_sources_only(
    objects: dict[str, str], as_engine: Callable[[], AbstractContextManager[None]]
) -> None:
    """A file of single facets names the source in each row; what another is said to have told is refused."""
    lay_bank()
    store([person(), person(source="crm_2")])
    crm = Api(loading_client("crm", *PERMISSIONS, "source.core_customer"))
    run = crm.upload("load-runs", events("core_customer", "crm_2", "core_customer")).body["id"]
    with as_engine():
        run_load(run)
        assert list(RejectedRow.objects.values_list("line", "code")) == [(3, "access.source")]
    assert crm.get(f"load-runs/{run}").body["counts"]["created"] == 2


def test_the_same_file_of_another_client_is_another_run(objects: dict[str, str]) -> None:
    one, other = (Api(loading_client(name, *PERMISSIONS)) for name in ("one", "other"))
    told = [api.upload("load-runs", events("one")) for api in (one, other)]
    assert [answer.status for answer in told] == [202, 202]
    assert told[0].body["id"] != told[1].body["id"]


def test_a_facet_takes_its_own_permission(objects: dict[str, str]) -> None:
    loader = Api(loading_client("loader", "load.run"))
    told = loader.upload("load-runs", events("loader"))
    assert (told.status, told.code) == (403, "access.denied")
    assert not JobRun.objects.exists()


def test_a_finished_run_tells_its_counts(
    api: Api, objects: dict[str, str], as_engine: Callable[[], AbstractContextManager[None]]
) -> None:
    run = api.upload("load-runs", form()).body["id"]
    with as_engine():
        run_load(run)
    told = api.get(f"load-runs/{run}")
    assert (told.body["state"], told.body["problems"]) == ("SUCCEEDED", [])
    assert (told.body["counts"]["rows"], told.body["counts"]["created"]) == (1, 1)
    assert "Retry-After" not in told.headers


def test_an_uploaded_file_never_touches_the_disk() -> None:
    with as_paths({"data": SimpleUploadedFile("x", b"secret")}) as folder:
        path = folder / "data"
        assert path.read_bytes() == b"secret"
        assert path.is_file()
        assert path.is_symlink()
        assert str(path.readlink()).startswith("/proc/")
        assert [entry.name for entry in folder.iterdir()] == ["data"]
    assert not folder.exists()
