"""`python3 -m config.launcher TARGET`: first with any Python 3.11, then again inside .venv."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - any Python may start this
    sys.exit("Lianban needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …")

from config.launcher import environment

TARGETS = {"up", "test", "demo", "check", "audit", "bench", "lock"}
DEVELOPER_TARGETS = {"test", "check", "audit", "lock"}
HELP = """\
make up      set up what is missing and run everything: http://127.0.0.1:8000/
make test    run every test
make demo    the main job in a terminal, on the sample county
make check   formatter, linter, types, import directions, templates, migrations
make audit   known vulnerabilities of what is installed
make bench   the benchmarks, one JSON line a figure
make lock    compile the requirements and the browser packages anew

The environment variables are listed in docs/reference/settings.md.
"""


def main() -> int:
    target = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.chdir(environment.BASE_DIR)
    if target not in TARGETS:
        sys.stdout.write(HELP)
        return 0 if target == "help" else 2
    if not environment.is_inside():
        with environment.told_simply():
            environment.ensure(developer=target in DEVELOPER_TARGETS)
        environment.enter(["-m", "config.launcher", *sys.argv[1:]])
    from config.launcher import targets

    return targets.run(target, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
