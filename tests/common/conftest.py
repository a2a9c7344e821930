"""The database as the application's role, with the rights that the launcher gives."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from common import database_roles, places
from common.cluster import USERS, Cluster


@pytest.fixture
def _rights(transactional_db) -> None:
    name = connection.settings_dict["NAME"]
    with psycopg.connect(**{**Cluster(places.home()).login("owner"), "dbname": name}) as owner:
        database_roles.grant(owner, application=USERS["application"], reader=USERS["reader"])


@pytest.fixture
def as_application(_rights) -> Iterator[None]:
    """Django itself works as the application's role."""
    login = Cluster(places.home()).login("application")
    usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict |= {"USER": login["user"], "PASSWORD": login["password"]}
    yield
    connection.close()
    connection.settings_dict |= usual


@pytest.fixture
def application(_rights) -> Iterator[psycopg.Connection]:
    """A plain connection of the application's role."""
    name = connection.settings_dict["NAME"]
    login = {**Cluster(places.home()).login("application"), "dbname": name}
    with psycopg.connect(**login, autocommit=True) as found:
        yield found
