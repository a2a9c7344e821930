"""Pages as somebody signed in gets them."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from permissions.models import User


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def text(user: User, address: str, status: int = 200) -> str:
    answer = client(user).get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def send(user: User, address: str, status: int = 200, **typed: object) -> str:
    """Post a form and follow where it leads."""
    answer = client(user).post(address, typed, follow=True)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def queries(user: User, address: str) -> int:
    browser = client(user)
    browser.get(address)  # what a machine process keeps is read by the first visit
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(address).status_code == 200
    return len(caught)
