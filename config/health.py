"""Liveness and readiness, as plain JSON without personal data."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

# a worker writes its heartbeat every 10 s
WORKER_SILENT_AFTER = timedelta(seconds=40)
_migrated: set[bool] = set()


@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """The process can do work: database, migrations, worker."""
    found = {"database": False, "migrations": False, "worker": False}
    try:
        connection.ensure_connection()
        found = {"database": True, "migrations": migrated(), "worker": worker_alive()}
    except DatabaseError:
        pass
    ready = all(found.values())
    body = {"status": "ready" if ready else "not-ready", "checks": found}
    return JsonResponse(body, status=200 if ready else 503)


def migrated() -> bool:
    """No migration is waiting; looked up until it is so."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.add(True)
    return True


def worker_alive() -> bool:
    """Some worker has given a sign of life lately."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat "
            "> now() - make_interval(secs => %s))",
            [WORKER_SILENT_AFTER.total_seconds()],
        )
        return bool(cursor.fetchone()[0])
