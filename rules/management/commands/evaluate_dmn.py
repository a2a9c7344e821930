"""Evaluate a model's decisions on constant inputs."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rules.constants import evaluate
from rules.errors import RuleError
from rules.read import read


class Command(BaseCommand):
    help = "用给定的输入值计算一个 DMN 模型的各项决定（与全县筛查同一个编译器）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--inputs", metavar="FILE.json", help="{名称: 值}")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, file: str, inputs: str | None, as_json: bool, **_options: Any) -> None:
        try:
            model = read(Path(file).read_bytes())
            given = json.loads(Path(inputs).read_bytes(), parse_float=Decimal) if inputs else {}
        except RuleError as error:
            lines = [f"{p.element or '-'}: {p.code}: {p.message}" for p in error.problems]
            raise CommandError("\n".join(lines), returncode=2) from error
        except (OSError, ValueError, RecursionError) as error:
            raise CommandError(str(error), returncode=2) from error
        if not isinstance(given, dict):
            raise CommandError("inputs are one JSON object", returncode=2)
        found = evaluate(model, given)
        told = {"decisions": found.decisions, "refused": found.refused}
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False, default=_number))
            return
        for name, value in found.decisions.items():
            text = json.dumps(value, ensure_ascii=False, default=_number)
            self.stdout.write(f"{name} = {text}")
        for name, reason in found.refused.items():
            self.stdout.write(f"{name}: refused: {reason}")


def _number(value: Any) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)
