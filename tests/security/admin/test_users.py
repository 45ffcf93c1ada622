"""Users and grants on the screens: scope, reasons, no rights for oneself, nothing deleted."""

import pytest

from security.models import Grant, OperationLog, User
from tests.factories.security import PASSWORD, branch, grant, member_of_staff
from tests.support.screens import Screens

#: What its owner chooses in place of the password that the administrator gave.
LATER = "a phrase of my own choice"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Screens:
    """The administrator of head office."""
    head = branch("1000")
    branch("1100", head)
    branch("1200", head)
    return Screens(member_of_staff("admin", "administrator", org=head))


@pytest.fixture
def local() -> Screens:
    """An administrator of one branch."""
    head = branch("1000")
    branch("1200", head)
    return Screens(member_of_staff("local", "administrator", org=branch("1100", head)))


NEW = {
    "username": "li",
    "display_name": "李敏",
    "staff_no": "A-1007",
    "org": "1100",
    "password": "a long first password",
    "reason": "new colleague",
}


def approve_as_officer(address: str) -> None:
    """The key officer agrees to what an administrator has asked for."""
    assert address.startswith("/approvals/")
    officer = Screens(member_of_staff("officer", "key_officer", org=branch("1000")))
    told = officer.post(
        address, act="approve", version=officer.get(address).value("version"), reason="agreed"
    )
    assert told.location == address


def test_a_user_is_made_given_a_role_and_signs_in(admin: Screens) -> None:
    told = admin.post("/security/user/add/", **NEW)
    assert told.location == "/security/grant/add/?user=li"
    form = {"user": "li", "role": "teller", "org": "1100", "reason": "counter work"}
    approve_as_officer(admin.post("/security/grant/add/", **form).location)
    screens = Screens()
    told = screens.post("/login/", username="li", password=NEW["password"])
    assert told.location == "/"
    assert screens.get("/").location == "/password_change/"
    own = {"old_password": NEW["password"], "new_password1": LATER, "new_password2": LATER}
    assert "Somebody else chose your password" in screens.get("/password_change/").text
    assert screens.post("/password_change/", **own).location == "/password_change/done/"
    assert "Customers" in screens.get("/").text
    logged = OperationLog.objects.filter(action__in=["user.create", "grant.give"]).order_by("id")
    assert [(row.action, row.reason) for row in logged] == [
        ("user.create", "new colleague"),
        ("grant.give", "counter work"),
    ]
    assert NEW["password"] not in str([row.fields for row in logged])


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"password": "short"}, "id_password"),
        ({"org": "9999"}, "id_org"),
        ({"reason": ""}, "id_reason"),
        ({"username": ""}, "id_username"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(admin: Screens, changes: dict[str, str], place: str) -> None:
    seen = admin.post("/security/user/add/", **{**NEW, **changes})
    assert seen.status == 422
    assert f'href="#{place}"' in seen.html
    assert not User.objects.filter(username="li").exists()


def test_a_name_is_taken_once(admin: Screens) -> None:
    admin.post("/security/user/add/", **NEW)
    assert "This user name is taken" in admin.post("/security/user/add/", **NEW).text


def test_an_account_is_changed_and_closed(admin: Screens) -> None:
    user = member_of_staff("li", "teller", org=branch("1100"))
    form = {"display_name": "李敏", "org": "1200", "language": "en", "reason": "moved"}
    assert admin.post(f"/security/user/{user.pk}/change/", **form).location == "/security/user/"
    user.refresh_from_db()
    assert (user.display_name, user.org and user.org.code, user.is_active) == ("李敏", "1200", False)
    assert Screens().post("/login/", username="li", password=PASSWORD).status == 200


def test_a_new_password_replaces_the_old_one(admin: Screens) -> None:
    user = member_of_staff("li", "teller", org=branch("1100"))
    form = {
        "display_name": "Li",
        "org": "1100",
        "is_active": "on",
        "password": "another long one",
        "reason": "forgotten",
    }
    admin.post(f"/security/user/{user.pk}/change/", **form)
    user.refresh_from_db()
    assert user.check_password("another long one")


def test_a_staff_number_is_changed_by_two(admin: Screens) -> None:
    admin.post("/security/user/add/", **{**NEW, "staff_no": ""})
    assert not User.objects.filter(username="li").exists()
    admin.post("/security/user/add/", **NEW)
    user = User.objects.get(username="li")
    form = {
        "display_name": "Li",
        "org": "1100",
        "is_active": "on",
        "staff_no": "A-1008",
        "reason": "mistyped",
    }
    waiting = admin.post(f"/security/user/{user.pk}/change/", **form).location
    user.refresh_from_db()
    assert (user.staff_no, user.display_name) == ("A-1007", "Li")
    approve_as_officer(waiting)
    user.refresh_from_db()
    assert user.staff_no == "A-1008"


def test_nobody_closes_their_own_account_or_gives_themselves_rights(admin: Screens) -> None:
    own = User.objects.get(username="admin")
    form = {"display_name": "Admin", "org": "1000", "reason": "x"}
    seen = admin.post(f"/security/user/{own.pk}/change/", **form)
    assert "Nobody closes their own account" in seen.text
    form = {"user": "admin", "role": "compliance", "org": "1000", "reason": "x"}
    assert admin.post("/security/grant/add/", **form).status == 403
    given = Grant.objects.get(user=own)
    assert admin.post(f"/security/grant/{given.pk}/change/", reason="x").status == 403


def test_a_grant_is_ended_and_stays(admin: Screens) -> None:
    user = member_of_staff("li", "teller", org=branch("1100"))
    given = Grant.objects.get(user=user)
    assert admin.post(f"/security/grant/{given.pk}/change/", reason="left").location == "/security/grant/"
    given.refresh_from_db()
    assert given.valid_to is not None
    assert "No role yet" in Screens(user).get("/").text
    assert "ended" in admin.get("/security/grant/", user="li").text


def test_a_grant_ends_after_it_begins(admin: Screens) -> None:
    member_of_staff("li", org=branch("1100"))
    form = {
        "user": "li",
        "role": "teller",
        "org": "1100",
        "reason": "x",
        "valid_from": "2026-05-02",
        "valid_to": "2026-05-01",
    }
    assert admin.post("/security/grant/add/", **form).status == 422


def test_an_administrator_sees_and_manages_only_own_branches(local: Screens) -> None:
    far = member_of_staff("far", "teller", org=branch("1200"))
    given = Grant.objects.get(user=far)
    assert (
        "far" not in local.get("/security/user/").text.split("Panorama, the bank")[0].split("Last sign-in")[1]
    )
    assert local.get(f"/security/user/{far.pk}/change/").status == 404
    assert (
        local.post(f"/security/user/{far.pk}/change/", display_name="x", org="1100", reason="x").status == 404
    )
    assert local.post(f"/security/grant/{given.pk}/change/", reason="x").status == 404
    assert local.post("/security/user/add/", **{**NEW, "org": "1200"}).status == 403
    form = {"user": "far", "role": "teller", "org": "1200", "reason": "x"}
    assert local.post("/security/grant/add/", **form).status == 404
    assert local.post("/security/grant/add/", **{**form, "user": "local"}).status == 403


@pytest.mark.parametrize("address", ["user", "grant", "role", "organisation"])
def test_lists_are_for_those_who_manage_users(admin: Screens, address: str) -> None:
    assert admin.get(f"/security/{address}/").status == 200
    teller = Screens(member_of_staff("teller", "teller", org=branch("1100")))
    assert teller.get(f"/security/{address}/").status == 403


def test_branches_are_only_looked_at(admin: Screens) -> None:
    assert admin.get("/security/organisation/add/").status == 403
    assert admin.get("/security/organisation/1/change/").status == 404
    assert admin.post("/security/organisation/1/change/", name="x").status == 404


def test_users_are_filtered(admin: Screens) -> None:
    member_of_staff("li", org=branch("1100"))
    member_of_staff("lin", org=branch("1200"))
    body = admin.get("/security/user/", name="li", org="1200").html
    assert ">lin<" in body
    assert ">li<" not in body


def test_a_grant_of_a_role_that_is_not_there_is_refused(admin: Screens) -> None:
    user = member_of_staff("li", org=branch("1100"))
    grant(user, "teller", branch("1100"))
    form = {"user": "li", "role": "emperor", "org": "1100", "reason": "x"}
    assert admin.post("/security/grant/add/", **form).status == 422
