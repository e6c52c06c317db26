"""Analysis of whole SQL files: scripts are walked as BigQuery runs them, each statement in its scope.

ZetaSQL analyses single statements; of a script it only builds the parse tree. Here variables enter the scope
with their declared types, an assignment is checked like an INSERT into a column of the variable's type, a
condition must be BOOL, and a table that a script creates is there for the statements behind it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import zetasql.types as zt

from tests.sql.googlesql import GoogleSqlError, analyse_statement, parse_script

_ASSIGNMENT = "script variable"
_TRANSACTION_BOUNDS = (zt.ResolvedBeginStmt, zt.ResolvedCommitStmt, zt.ResolvedRollbackStmt)
_DDL = (
    zt.ResolvedCreateStatement,
    zt.ResolvedDropStmt,
    zt.ResolvedAlterObjectStmt,
    zt.ResolvedAlterTableSetOptionsStmt,
)


@dataclasses.dataclass
class Script:
    """What a file of statements turned out to be."""

    statements: list[zt.ResolvedStatement] = dataclasses.field(default_factory=list)
    """Each statement that is not scripting, resolved, in order."""
    parameters: dict[str, zt.Type] = dataclasses.field(default_factory=dict)
    """Query parameters and the types that their places ask for; one with no place that tells is left out."""
    used: set[str] = dataclasses.field(default_factory=set)
    """Names of all query parameters."""
    created: list[zt.SimpleTable] = dataclasses.field(default_factory=list)
    """Tables and views that the script creates."""
    errors: list[GoogleSqlError] = dataclasses.field(default_factory=list)


def analyse(sql: str, tables: Iterable[zt.SimpleTable] = (), parameters: Mapping[str, zt.Type] | None = None) -> Script:
    """Analyse a file of statements against `tables`.

    A parameter has one type in a whole file: the given one, or else what the first place that tells asks for;
    every place must accept it.

    Raises:
        GoogleSqlError: the first statement that BigQuery would refuse, or the file has no statement.
    """
    tree, tables = parse_script(sql), list(tables)
    known = dict(parameters or {})
    script = _Walk(sql, tables, known).run(tree)
    while script.parameters.keys() - known.keys():
        known |= {name: kind for name, kind in script.parameters.items() if name not in known}
        script = _Walk(sql, tables, known).run(tree)
    if script.errors:
        raise script.errors[0]
    if not script.statements:
        raise GoogleSqlError("The file has no statement.")
    return script


class _Walk:
    """One pass over a parse tree; errors are collected, so that later statements can tell parameter types."""

    def __init__(self, sql: str, tables: list[zt.SimpleTable], parameters: dict[str, zt.Type]) -> None:
        self._source = sql.encode()
        self._tables = {str(table.name): table for table in tables}
        self._parameters = parameters
        self._variables: dict[str, zt.Type] = {}
        self._in_transaction = False
        self._script = Script()
        self._handlers: dict[type, Callable[[Any], None]] = {
            zt.ASTVariableDeclaration: self._declare,
            zt.ASTSingleAssignment: self._assign,
            zt.ASTAssignmentFromStruct: self._assign_struct,
            zt.ASTIfStatement: self._if,
            zt.ASTBeginEndBlock: self._block,
            zt.ASTRaiseStatement: self._raise,
        }

    def run(self, tree: zt.ASTScript) -> Script:
        self._each(tree.statement_list_node)
        return self._script

    def _each(self, statements: Any) -> None:
        for statement in statements.statement_list if statements else []:
            try:
                self._handlers.get(type(statement), self._plain)(statement)
            except GoogleSqlError as error:
                self._script.errors.append(error)

    def _plain(self, node: Any) -> None:
        resolved = self._analyse(node)
        self._script.statements.append(resolved)
        self._follow_transaction(resolved)
        if table := created_table(resolved):
            self._tables[str(table.name)] = table
            self._script.created.append(table)

    def _follow_transaction(self, resolved: Any) -> None:
        if isinstance(resolved, _TRANSACTION_BOUNDS):
            self._in_transaction = isinstance(resolved, zt.ResolvedBeginStmt)
        elif self._in_transaction and _changes_dataset(resolved):
            raise GoogleSqlError(f"{type(resolved).__name__} inside a transaction: BigQuery takes no DDL there.")

    def _declare(self, node: Any) -> None:
        names = [name.id_string for name in node.variable_list.identifier_list]
        source = node.default_value
        if node.type is not None:
            kind = self._type_of(node.type, "CAST(NULL AS ", ")")
        else:
            kind = self._type_of(source)
        self._variables |= dict.fromkeys(names, kind)
        if node.type is not None and source is not None:
            self._coerce(source, kind)

    def _assign(self, node: Any) -> None:
        self._coerce(node.expression, self._variable(node.variable))

    def _assign_struct(self, node: Any) -> None:
        targets = [self._variable(name) for name in node.variables.identifier_list]
        struct = self._type_of(node.struct_expression)
        fields = struct.struct_type.field if struct.struct_type else []
        if len(fields) != len(targets):
            raise GoogleSqlError(f"SET of {len(targets)} variables from {len(fields)} fields.")
        for target, field in zip(targets, fields, strict=True):
            self._insert_value("_field", target, {"_field": field.field_type})

    def _if(self, node: Any) -> None:
        self._coerce(node.condition, zt.Type(type_kind=zt.TypeKind.TYPE_BOOL))
        self._each(node.then_list)
        for clause in node.elseif_clauses.elseif_clauses if node.elseif_clauses else []:
            self._coerce(clause.condition, zt.Type(type_kind=zt.TypeKind.TYPE_BOOL))
            self._each(clause.body)
        self._each(node.else_list)

    def _block(self, node: Any) -> None:
        outer = dict(self._variables)
        self._each(node.statement_list_node)
        self._variables = dict(outer)
        for handler in node.handler_list.exception_handler_list if node.handler_list else []:
            self._each(handler.statement_list)
        self._variables = outer

    def _raise(self, node: Any) -> None:
        if node.message is not None:
            self._coerce(node.message, zt.Type(type_kind=zt.TypeKind.TYPE_STRING))

    def _variable(self, identifier: Any) -> zt.Type:
        if identifier.id_string not in self._variables:
            raise GoogleSqlError(f"SET of {identifier.id_string}, which no DECLARE before it names.")
        return self._variables[identifier.id_string]

    def _type_of(self, node: Any, before: str = "(", after: str = ")") -> zt.Type:
        return self._analyse(node, f"SELECT {before}", after).output_column_list[0].column.type

    def _coerce(self, node: Any, target: zt.Type) -> None:
        start = _line_start(self._source, node)
        self._insert_value(start + self._text(node), target, {})

    def _insert_value(self, expression: str, target: zt.Type, variables: dict[str, Any]) -> None:
        table = zt.SimpleTable(name=_ASSIGNMENT, column=[zt.SimpleColumn(name="value", type=target)])
        sql = f"INSERT INTO `{_ASSIGNMENT}` (value) VALUES (({expression}))"
        resolved = analyse_statement(
            sql, [*self._tables.values(), table], self._variables | variables, self._parameters
        )
        self._note_parameters(resolved)

    def _analyse(self, node: Any, before: str = "", after: str = "") -> Any:
        sql = _line_start(self._source, node) + before + self._text(node) + after
        resolved = analyse_statement(sql, self._tables.values(), self._variables, self._parameters)
        self._note_parameters(resolved)
        return resolved

    def _text(self, node: Any) -> str:
        place = node.parse_location_range
        return self._source[place.start : place.end].decode()

    def _note_parameters(self, resolved: Any) -> None:
        for node in nodes(resolved):
            if isinstance(node, zt.ResolvedParameter):
                self._script.used.add(str(node.name))
                if not node.is_untyped:
                    self._script.parameters.setdefault(str(node.name), node.type)


def _line_start(source: bytes, node: Any) -> str:
    """Return blanks that put the node's text where it stands in the file, so that errors point there."""
    before = source[: node.parse_location_range.start].decode()
    return "\n" * before.count("\n") + " " * len(before.rpartition("\n")[2])


def nodes(resolved: Any) -> Iterator[Any]:
    """Yield a resolved node and every node below it."""
    if not dataclasses.is_dataclass(resolved):
        return
    yield resolved
    for field in dataclasses.fields(resolved):
        value = getattr(resolved, field.name)
        for child in value if isinstance(value, list) else (value,):
            yield from nodes(child)


def created_table(resolved: Any) -> zt.SimpleTable | None:
    """Return the table or view that a CREATE statement makes, None for every other statement."""
    if isinstance(resolved, zt.ResolvedCreateViewStmt):
        columns = [(column.name, column.column.type) for column in resolved.output_column_list]
    elif isinstance(resolved, (zt.ResolvedCreateTableStmt, zt.ResolvedCreateTableAsSelectStmt)):
        columns = [(column.name, column.type) for column in resolved.column_definition_list]
    else:
        return None
    return zt.SimpleTable(
        name=".".join(resolved.name_path),
        column=[zt.SimpleColumn(name=name, type=kind) for name, kind in columns],
    )


def _changes_dataset(resolved: Any) -> bool:
    temporary = zt.ResolvedCreateStatementEnums.CreateScope.CREATE_TEMP
    return isinstance(resolved, _DDL) and getattr(resolved, "create_scope", None) != temporary


def type_name(kind: Any) -> str:
    """Return a type as GoogleSQL writes it, such as `ARRAY<STRUCT<name STRING, amount NUMERIC>>`."""
    if kind.array_type and kind.array_type.element_type:
        return f"ARRAY<{type_name(kind.array_type.element_type)}>"
    if kind.struct_type:
        fields = (f"{field.field_name} {type_name(field.field_type)}" for field in kind.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return {"DOUBLE": "FLOAT64"}.get(name := kind.type_name(), name)
