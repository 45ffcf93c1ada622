"""Prepared statements: on the connection of the thread, whatever has become of it since the last request."""

import os
import socket

import pytest
from django.db import connection

from security.access.prepared import fetch

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_that_broke_between_two_requests_is_opened_anew() -> None:
    """The server was restarted, or a firewall forgot the connection: the first statement of a request is ours."""
    ((mine,),) = fetch("SELECT pg_backend_pid()", [])
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)

    connection.close_if_unusable_or_obsolete()  # what Django does when a request begins
    ((new,),) = fetch("SELECT pg_backend_pid()", [])

    assert new != mine
