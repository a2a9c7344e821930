"""Models for the tests, written short."""

from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"'
    ' xmlns:lianban="urn:lianban:dmn" id="test" name="test" namespace="urn:test">'
)


def model(*parts: str, inputs: dict[str, str] | None = None) -> bytes:
    """A model of these decisions; inputs: name to type."""
    given = "".join(
        f"<inputData id={quoteattr('i_' + name)} name={quoteattr(name)}>"
        f"<variable name={quoteattr(name)} typeRef={quoteattr(kind)}/></inputData>"
        for name, kind in (inputs or {}).items()
    )
    return f"{HEAD}{given}{''.join(parts)}</definitions>".encode()


def requires(*names: str, decisions: tuple[str, ...] = ()) -> str:
    inputs = "".join(
        f"<informationRequirement><requiredInput href={quoteattr('#i_' + name)}/>"
        "</informationRequirement>"
        for name in names
    )
    return inputs + "".join(
        f"<informationRequirement><requiredDecision href={quoteattr('#' + name)}/>"
        "</informationRequirement>"
        for name in decisions
    )


def literal(key: str, text: str, needs: str = "") -> str:
    return (
        f'<decision id="{key}" name="{key}">{needs}'
        f'<literalExpression id="{key}_text"><text>{escape(text)}</text></literalExpression>'
        "</decision>"
    )


def table(
    columns: list[str],
    rows: list[list[str]],
    *,
    policy: str = "UNIQUE",
    outputs: int = 1,
    allowed: str = "",
    default: str = "",
    aggregation: str = "",
    complete: bool = False,
    key: str = "t",
    decisions: tuple[str, ...] = (),
    needs: list[str] | None = None,
) -> str:
    """columns: input expressions. rows: cells, outputs last; ids are `r1`, `r1c1`…"""
    heads = "".join(
        f'<input id="c{n}" label={quoteattr(text)}><inputExpression><text>{escape(text)}</text>'
        "</inputExpression></input>"
        for n, text in enumerate(columns, start=1)
    )
    values = f"<outputValues><text>{escape(allowed)}</text></outputValues>" if allowed else ""
    other = (
        f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>"
        if default
        else ""
    )
    heads += "".join(
        f'<output id="o{n}" name="out{n}">{values}{other}</output>' for n in range(1, outputs + 1)
    )
    body = ""
    for n, row in enumerate(rows, start=1):
        cells = [
            f'<{"inputEntry" if m <= len(columns) else "outputEntry"} id="r{n}c{m}">'
            f"<text>{escape(text)}</text>"
            f"</{'inputEntry' if m <= len(columns) else 'outputEntry'}>"
            for m, text in enumerate(row, start=1)
        ]
        body += f'<rule id="r{n}">{"".join(cells)}</rule>'
    more = f' aggregation="{aggregation}"' if aggregation else ""
    more += ' lianban:complete="true"' if complete else ""
    return (
        f'<decision id="{key}" name="{key}">{requires(*(needs or columns), decisions=decisions)}'
        f'<decisionTable id="{key}_table" hitPolicy="{policy}"{more}>{heads}{body}</decisionTable>'
        "</decision>"
    )
