"""DMN 1.1 to 1.5 XML to a model. Nothing is resolved, fetched or evaluated."""

from collections.abc import Iterator

from lxml import etree

from rules.errors import Problem, RefusedError, RuleError
from rules.feel.parse import parse_cell
from rules.feel.tree import Compared, Literal
from rules.model import (
    UNTYPED,
    Cell,
    Column,
    Decision,
    Expression,
    Input,
    Invocation,
    Knowledge,
    Logic,
    Model,
    Rule,
    Table,
    Type,
)

MAX_BYTES = 2_000_000
MAX_RULES = 1000
MAX_TYPES = 1000
OURS = "urn:lianban:dmn"
KINDS = {"number", "string", "boolean", "date"}
# drawn or told, but nothing that decides
DECORATION = {
    *("description", "extensionElements", "textAnnotation", "association", "group", "question"),
    *("allowedAnswers", "knowledgeSource", "performanceIndicator", "organizationUnit"),
    *("elementCollection", "DMNDI", "authorityRequirement", "artifact", "supportedObjective"),
    *("impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess"),
    *("usingTask", "businessContextElement"),
}
HIT_POLICIES = {
    *("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"),
}
Element = etree._Element


def read(source: bytes) -> Model:
    """Raises RuleError with every element that is not supported."""
    return _Reader(_root(source)).model()


def _root(source: bytes) -> Element:
    if len(source) > MAX_BYTES:
        raise RuleError([Problem("", "too-large", "more than 2 MB")])
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RuleError([Problem("", "not-xml", str(error)[:200])]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise RuleError([Problem("", "doctype", "a document type is not allowed")])
    name = etree.QName(root)
    if name.localname != "definitions" or "DMN" not in (name.namespace or "").upper():
        raise RuleError([Problem("", "not-dmn", "this is no DMN model")])
    return root


class _Reader:
    def __init__(self, root: Element) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.ids: set[str] = set()
        self.types_read = 0
        self.types: dict[str, Element] = {
            str(row.get("name")): row for row in _named(root, "itemDefinition")
        }

    def model(self) -> Model:
        """Everything read, or every problem."""
        root = self.root
        found = Model(root.get("id") or "", root.get("name") or "")
        for row in _elements(root):
            try:
                self._part(found, row)
            except RefusedError as error:
                self.problems.append(error.at(_id(row)))
        self._insist_known(found)
        if self.problems:
            raise RuleError(self.problems)
        return found

    def _insist_known(self, found: Model) -> None:
        known = {*found.inputs, *found.decisions, *found.knowledge}
        refused = {problem.element for problem in self.problems}
        needing: list[Decision | Knowledge] = [*found.decisions.values(), *found.knowledge.values()]
        for row in needing:
            self.problems += [
                Problem(
                    row.id, "unknown-requirement", f"{row.name} requires {key}, which is not here"
                )
                for key in row.requires
                if key not in known and key not in refused
            ]
        names: dict[str, str] = {}
        for part in found.parts:
            if not part.name or names.setdefault(part.name, part.id) != part.id:
                self.problems.append(
                    Problem(part.id, "name", f"no name, or one twice: {part.name}")
                )
        if not found.decisions and not self.problems:
            self.problems.append(Problem(found.id, "empty", "no decision in it"))

    def _part(self, found: Model, row: Element) -> None:
        key = _id(row)
        if _local(row) in {"inputData", "businessKnowledgeModel", "decision"}:
            if not key or key in self.ids:
                self.problems.append(Problem(key, "id", f"no id, or one twice: {_name(row)}"))
            self.ids.add(key)
        match _local(row):
            case "inputData":
                found.inputs[key] = Input(key, _name(row), self._variable(row))
            case "businessKnowledgeModel":
                found.knowledge[key] = self._knowledge(row)
            case "decision":
                found.decisions[key] = self._decision(row)
            case name if name not in {*DECORATION, "itemDefinition"}:
                raise RefusedError("unsupported", f"{name} is not supported")

    def _variable(self, row: Element) -> Type:
        variable = _one(row, "variable")
        return self._type(variable.get("typeRef") if variable is not None else None, row)

    def _type(self, ref: str | None, row: Element, depth: int = 0) -> Type:
        """The type that a reference means; components of contexts within bounds."""
        word = (ref or "").rsplit(":", 1)[-1].strip()
        if word in {"", "Any", "context"}:
            return UNTYPED
        if ref in self.types:
            return self._item(self.types[str(ref)], depth)
        if word in KINDS:
            return Type(word)
        if word in self.types:
            return self._item(self.types[word], depth)
        self.problems.append(Problem(_id(row), "unsupported", f"type {ref} is not supported"))
        return UNTYPED

    def _item(self, row: Element, depth: int) -> Type:
        self.types_read += 1
        if depth > 8 or self.types_read > MAX_TYPES:
            raise RefusedError("too-deep", "types within types")
        is_list = row.get("isCollection") == "true"
        components = {
            str(part.get("name")): self._item(part, depth + 1)
            for part in _named(row, "itemComponent")
        }
        if components:
            return Type("context", components, is_list=is_list)
        ref = _one(row, "typeRef")
        base = self._type(ref.text if ref is not None else None, row, depth + 1)
        allowed = _one(row, "allowedValues")
        codes = words(_text(allowed)) if allowed is not None else base.codes
        return Type(base.kind, base.components, codes, is_list or base.is_list)

    def _requires(self, row: Element) -> tuple[str, ...]:
        return tuple(
            str(target.get("href", "")).rpartition("#")[2]
            for requirement in _elements(row)
            if _local(requirement) in {"informationRequirement", "knowledgeRequirement"}
            for target in _elements(requirement)
        )

    def _decision(self, row: Element) -> Decision:
        logic = self._logic(row)
        return Decision(_id(row), _name(row), self._variable(row), self._requires(row), logic)

    def _logic(self, row: Element) -> Logic:
        skipped = {*DECORATION, "variable", "informationRequirement", "knowledgeRequirement"}
        found = [part for part in _elements(row) if _local(part) not in skipped]
        if len(found) != 1:
            raise RefusedError("empty", "a decision has one table or expression")
        part = found[0]
        match _local(part):
            case "decisionTable":
                return self._table(part)
            case "literalExpression":
                return self._expression(part)
            case "invocation":
                return self._invocation(part)
        raise RefusedError("unsupported", f"{_local(part)} is not supported")

    def _expression(self, row: Element) -> Expression:
        language = (row.get("expressionLanguage") or "FEEL").upper()
        if "FEEL" not in language:
            raise RefusedError("unsupported", f"expressions in {language[:60]} are not supported")
        return Expression(_id(row) or _id(row.getparent()), _text(row))

    def _invocation(self, row: Element) -> Invocation:
        called = _one(row, "literalExpression")
        bindings = []
        for binding in _named(row, "binding"):
            parameter, value = _one(binding, "parameter"), _one(binding, "literalExpression")
            if parameter is None or value is None:
                raise RefusedError("unsupported", "a binding has a parameter and an expression")
            bindings.append((str(parameter.get("name")), _text(value)))
        return Invocation(
            _id(row) or _id(row.getparent()),
            _text(called).strip() if called is not None else "",
            tuple(bindings),
        )

    def _knowledge(self, row: Element) -> Knowledge:
        logic = _one(row, "encapsulatedLogic")
        body = _one(logic, "literalExpression") if logic is not None else None
        if logic is None or body is None or logic.get("kind", "FEEL") != "FEEL":
            raise RefusedError("unsupported", "a business knowledge model is one expression")
        parameters = tuple(
            (str(p.get("name")), self._type(p.get("typeRef"), p).kind)
            for p in _named(logic, "formalParameter")
        )
        if not all(name.strip() for name, _kind in parameters):
            raise RefusedError("name", "a parameter without a name")
        name = _name(row)
        return Knowledge(_id(row), name, parameters, self._expression(body), self._requires(row))

    def _table(self, row: Element) -> Table:
        policy = row.get("hitPolicy", "UNIQUE")
        if policy not in HIT_POLICIES:
            raise RefusedError("unsupported", f"hit policy {policy} is not supported")
        notes = [str(a.get("name") or f"note {n}") for n, a in enumerate(_named(row, "annotation"))]
        inputs = tuple(self._input(part) for part in _named(row, "input"))
        outputs = tuple(self._output(part) for part in _named(row, "output"))
        rules = tuple(self._rule(part, notes) for part in _named(row, "rule"))
        if not outputs or len(rules) > MAX_RULES:
            raise RefusedError("table", f"no output, or more than {MAX_RULES} rules")
        for rule in rules:
            if len(rule.inputs) != len(inputs) or len(rule.outputs) != len(outputs):
                self.problems.append(Problem(rule.id, "cells", "a cell for each column is needed"))
        return Table(
            id=_id(row) or _id(row.getparent()),
            hit_policy=policy,
            aggregation=row.get("aggregation", ""),
            inputs=inputs,
            outputs=outputs,
            rules=rules,
            claims_complete=row.get(f"{{{OURS}}}complete") == "true",
        )

    def _input(self, row: Element) -> Column:
        expression = _one(row, "inputExpression")
        if expression is None:
            raise RefusedError("table", "a column without an expression")
        allowed = _one(row, "inputValues")
        return Column(
            id=_id(row),
            label=row.get("label") or _text(expression).strip(),
            name="",
            text=_text(expression),
            type=self._type(expression.get("typeRef"), row),
            allowed=_text(allowed) if allowed is not None else "",
        )

    def _output(self, row: Element) -> Column:
        allowed, default = _one(row, "outputValues"), _one(row, "defaultOutputEntry")
        return Column(
            id=_id(row),
            label=row.get("label") or row.get("name") or "",
            name=row.get("name") or "",
            text="",
            type=self._type(row.get("typeRef"), row),
            allowed=_text(allowed) if allowed is not None else "",
            default=_text(default).strip() if default is not None else "",
        )

    def _rule(self, row: Element, notes: list[str]) -> Rule:
        inputs = [Cell(_id(cell) or _id(row), _text(cell)) for cell in _named(row, "inputEntry")]
        outputs = [Cell(_id(cell) or _id(row), _text(cell)) for cell in _named(row, "outputEntry")]
        texts = [_text(note).strip() for note in _named(row, "annotationEntry")]
        told = _one(row, "description")
        return Rule(
            id=_id(row),
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            description=(told.text or "").strip() if told is not None else "",
            notes=dict(zip(notes, texts, strict=False)),
        )


def words(text: str) -> tuple[str, ...]:
    """The texts that a list of values allows; empty where it is anything else."""
    found = []
    for test in parse_cell(text).tests:
        value = test.value if isinstance(test, Compared) and test.operator == "=" else None
        if not isinstance(value, Literal) or not isinstance(value.value, str):
            return ()
        found.append(value.value)
    return tuple(found)


def _elements(row: Element) -> Iterator[Element]:
    """Child elements of the model's own namespaces."""
    for part in row:
        if isinstance(part.tag, str):
            yield part


def _named(row: Element, name: str) -> list[Element]:
    return [part for part in _elements(row) if _local(part) == name]


def _one(row: Element, name: str) -> Element | None:
    return next(iter(_named(row, name)), None)


def _local(row: Element) -> str:
    return etree.QName(row).localname


def _id(row: Element | None) -> str:
    return (row.get("id") or "") if row is not None else ""


def _name(row: Element) -> str:
    return " ".join((row.get("name") or "").split())


def _text(row: Element) -> str:
    found = _one(row, "text")
    return (found.text or "") if found is not None else ""
