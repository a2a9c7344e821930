"""The database as the application's role, with the rights that the launcher gives."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from common import database_roles
from config.settings import database


def login(role: str) -> dict[str, Any]:
    """How a role reaches the test database."""
    found, name = database(role), connection.settings_dict["NAME"]
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {key: found[value] for key, value in names.items() if found.get(value)}
    return {**given, "dbname": name}


@pytest.fixture
def _rights(transactional_db) -> None:
    application, reader = (login(role)["user"] for role in ("application", "reader"))
    with psycopg.connect(**login("owner")) as owner:
        if owner.info.user == application:
            pytest.skip("this database has one role for everything")
        database_roles.grant(owner, application=application, reader=reader)


@pytest.fixture
def as_application(_rights) -> Iterator[None]:
    """Django itself works as the application's role."""
    role = login("application")
    usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict |= {"USER": role["user"], "PASSWORD": role["password"]}
    yield
    connection.close()
    connection.settings_dict |= usual


@pytest.fixture
def application(_rights) -> Iterator[psycopg.Connection]:
    """A plain connection of the application's role."""
    with psycopg.connect(**login("application"), autocommit=True) as found:
        yield found
