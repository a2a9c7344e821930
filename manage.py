#!/usr/bin/env python
"""Run a management command; the embedded database is found or started for its duration."""

import os
import sys

from config import exposure

# commands that create or change tables run as the database's owner
OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "flush", "dbshell"}
# commands that never open the database
OFFLINE_COMMANDS = {
    *("help", "--help", "version", "--version", "collectstatic", "findstatic"),
    *("check_bpmn", "check_dmn"),
}


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if name == "runserver":
        exposure.refuse_debug_on(a for a in sys.argv[2:] if a.rpartition(":")[2].isdecimal())
    if name in OWNER_COMMANDS:
        os.environ.setdefault("LIANBAN_DATABASE_ROLE", "owner")

    from django.core.management import execute_from_command_line

    from common import cluster
    from common.places import home

    if name in OFFLINE_COMMANDS or os.environ.get("DATABASE_URL"):
        execute_from_command_line(sys.argv)
        return
    try:
        with cluster.Cluster(home()).attached():
            execute_from_command_line(sys.argv)
    except cluster.ClusterError as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
