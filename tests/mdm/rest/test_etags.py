"""Entity tags."""

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from mdm.rest.etags import etag, matched_version, unchanged
from mdm.rest.refusals import Refusal


def request(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/", headers=headers))


def test_a_version_is_a_strong_tag() -> None:
    assert etag(17) == '"v17"'
    assert matched_version(request(if_match='"v17"')) == 17


def test_without_if_match_the_change_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        matched_version(request())
    assert (refused.value.code, refused.value.status) == ("precondition.required", 428)


@pytest.mark.parametrize("tag", ["*", 'W/"v17"', '"v17", "v18"', "v17", '"17"', '"v0"', '"v-1"', '"v1٣"', ""])
def test_anything_but_one_strong_tag_is_refused(tag: str) -> None:
    with pytest.raises(Refusal) as refused:
        matched_version(request(if_match=tag))
    assert (refused.value.code, refused.value.status) == ("precondition.invalid", 400)


@pytest.mark.parametrize(
    ("header", "same"),
    [('"v3"', True), ('W/"v3"', True), ('"v1", "v3"', True), ("*", True), ('"v4"', False), ("v3", False)],
)
def test_if_none_match_compares_weakly(header: str, same: bool) -> None:
    assert unchanged(request(if_none_match=header), 3) is same


def test_without_if_none_match_nothing_is_unchanged() -> None:
    assert not unchanged(request(), 3)
