"""Filling a form from its JSON Schema: reproducible, mostly in the applicant's favour."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

AMOUNTS = {"amount": (200, 1800), "assets": (0, 20000), "income_month": (150, 900)}
WORDS = {
    "reason": "材料齐全，情况属实",
    "findings": "家庭情况与申报一致，住房陈旧，收入以务农为主",
    "explanation": "存款系亲友暂存，已提供转账凭证",
    "visitor_a": "叶建平",
    "visitor_b": "蓝美芬",
}


def fill(
    schema: dict[str, Any], rng: random.Random, *, today: date, favour: float = 0.9
) -> dict[str, Any]:
    """Answers that the schema accepts.

    favour: how likely each answer that decides something is the favourable one; 1 always.
    """
    required = set(schema.get("required", []))
    found: dict[str, Any] = {}
    for name, rules in schema.get("properties", {}).items():
        if rules.get("format") == "material":
            continue
        if name in required or rng.random() < 0.3:
            found[name] = _value(name, rules, rng, today, favour)
    return found


def otherwise(schema: dict[str, Any], data: dict[str, Any]) -> dict[str, Any] | None:
    """The answers of somebody who is told that this decision is barred: the next one, which pays
    nothing. None where the form leaves no other."""
    choices = schema["properties"].get("decision", {}).get("enum", [])
    left = choices[choices.index(data["decision"]) + 1 :] if data.get("decision") in choices else []
    if not left:
        return None
    return data | {"decision": left[0]} | ({"amount": "0.00"} if "amount" in data else {})


def _value(name: str, rules: dict[str, Any], rng: random.Random, today: date, favour: float) -> Any:
    if "const" in rules:
        return rules["const"]
    if rules.get("enum"):
        return _choice(rules["enum"], rng, favour)
    match rules.get("type"):
        case "boolean":
            return rng.random() < favour
        case "integer":
            low = int(rules.get("minimum", 0))
            return rng.randint(low, min(int(rules.get("maximum", low + 5)), low + 5))
        case "number":
            return float(rules.get("minimum", 0))
    return _text(name, rules, rng, today)


def _choice(values: list[Any], rng: random.Random, favour: float) -> Any:
    """The first value is the favourable one of a form that decides."""
    return values[0] if rng.random() < favour else rng.choice(values)


def _text(name: str, rules: dict[str, Any], rng: random.Random, today: date) -> str:
    if rules.get("format") == "date":
        return today.isoformat()
    if str(rules.get("pattern", "")).startswith(r"^\d+\.\d{2}"):
        low, high = AMOUNTS.get(name, (0, 3000))
        return f"{Decimal(rng.randint(low, high)):.2f}"
    text = WORDS.get(name, "已核实")
    return text[: int(rules.get("maxLength", 500))].ljust(int(rules.get("minLength", 0)), "。")
