"""`python3 -m config.launcher TARGET`: first with any Python 3.11, then again inside .venv."""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit("Lianban needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …")

from config.launcher import environment

DEVELOPER_TARGETS = {"test", "check", "audit", "lock"}


def main() -> int:
    target = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.chdir(environment.BASE_DIR)
    if target != "help" and not environment.is_inside():
        with environment.told_simply():
            environment.ensure(developer=target in DEVELOPER_TARGETS)
        environment.enter(["-m", "config.launcher", *sys.argv[1:]])
    from config.launcher import targets

    return targets.run(target, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
