"""Draw BPMN files anew: lanes are rows, ranks are columns."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.layout import LayoutError, layout


class Command(BaseCommand):
    help = "重新绘制 BPMN 图：泳道成行、先后成列；流程内容不变"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)

    def handle(self, *, files: list[Path], **_options: Any) -> None:
        drawn: dict[Path, bytes] = {}
        for path in files:
            try:
                drawn[path] = layout(path.read_bytes())
            except (OSError, LayoutError) as error:
                self.stderr.write(f"{path}: {error}")
                sys.exit(2)
        for path, content in drawn.items():
            path.write_bytes(content)
            self.stdout.write(f"{path}")
