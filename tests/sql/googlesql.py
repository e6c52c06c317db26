"""The GoogleSQL that BigQuery speaks, as options of ZetaSQL's analyzer, and single-statement analysis.

ZetaSQL is BigQuery's own analyzer, so it refuses what BigQuery refuses. Its maximum language is a little
larger than BigQuery's: features that BigQuery's reference does not have are switched off, in doubt too.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

import zetasql.types as zt
from zetasql.api import Analyzer, Parser
from zetasql.core.exceptions import ZetaSQLError
from zetasql.core.local_service import ZetaSqlLocalService

from sandbox import zetasql_cache

UNKNOWN_TO_BIGQUERY = [
    "AGGREGATE_FILTERING",
    "ARRAY_AGGREGATION_FUNCTIONS",
    "ARRAY_ELEMENTS_WITH_SET",
    "ARRAY_EQUALITY",
    "ARRAY_FIND_FUNCTIONS",
    "ARRAY_GREATEST_LEAST",
    "ARRAY_ORDERING",
    "ARRAY_ZIP",
    "BRACED_PROTO_CONSTRUCTORS",
    "CHECK_CONSTRAINT",
    "DML_RETURNING",
    "DOT_PRODUCT",
    "EXPERIMENTAL_MODULES",
    "FIRST_AND_LAST_N",
    "FOR_UPDATE",
    "GENERATED_BY_DEFAULT",
    "GENERATED_COLUMNS",
    "IDENTITY_COLUMNS",
    "INLINE_LAMBDA_ARGUMENT",
    "INSERT_ON_CONFLICT_CLAUSE",
    "L1_NORM",
    "L2_NORM",
    "LATERAL_JOIN",
    "LIMIT_OFFSET_EXPRESSIONS",
    "LITERAL_CONCATENATION",
    "MANHATTAN_DISTANCE",
    "MAP_TYPE",
    "MULTILEVEL_AGGREGATION",
    "MULTILEVEL_AGGREGATION_ON_UDAS",
    "MULTIWAY_UNNEST",
    "NULLIFZERO_ZEROIFNULL",
    "PIPE_CREATE_TABLE",
    "PIPE_EXPORT_DATA",
    "PIPE_FORK",
    "PIPE_IF",
    "PIPE_INSERT",
    "PIPE_TEE",
    "PI_FUNCTIONS",
    "RADIANS_DEGREES_FUNCTIONS",
    "REPLACE_FIELDS",
    "SQL_GRAPH",
    "STRUCT_BRACED_CONSTRUCTORS",
    "STRUCT_POSITIONAL_ACCESSOR",
    "TIMESTAMP_NANOS",
    "TIMESTAMP_PICOS",
    "TTL",
    "UUID_TYPE",
    "WITH_GROUP_ROWS",
]
"""Language features, without prefix, that ZetaSQL would switch on."""

_MORE_FOR_BIGQUERY = ("CREATE_VIEWS_WITH_COLUMN_OPTIONS", "DISABLE_FLOAT32")
_PREFIXES = ("FEATURE_", "FEATURE_V_1_1_", "FEATURE_V_1_2_", "FEATURE_V_1_3_", "FEATURE_V_1_4_")

_BOOL, _INT64, _FLOAT64 = zt.TypeKind.TYPE_BOOL, zt.TypeKind.TYPE_INT64, zt.TypeKind.TYPE_DOUBLE
_STRING, _TIMESTAMP = zt.TypeKind.TYPE_STRING, zt.TypeKind.TYPE_TIMESTAMP
_OPTIONS = {
    "description": _STRING,
    "friendly_name": _STRING,
    "default_rounding_mode": _STRING,
    "kms_key_name": _STRING,
    "expiration_timestamp": _TIMESTAMP,
    "partition_expiration_days": _FLOAT64,
    "require_partition_filter": _BOOL,
    "max_staleness": zt.TypeKind.TYPE_INTERVAL,
}

KNOWN_STATEMENTS = frozenset(
    f"Resolved{kind}Stmt"
    for kind in (
        *(
            "Query",
            "Insert",
            "Update",
            "Delete",
            "Merge",
            "Truncate",
            "Assert",
            "Begin",
            "Commit",
            "Rollback",
        ),
        *("CreateTable", "CreateTableAsSelect", "CreateView", "Drop", "AlterTable", "AlterTableSetOptions"),
    )
)
"""Statements that the project may use; another one (EXECUTE IMMEDIATE hides its SQL) is refused."""


class GoogleSqlError(Exception):
    """A statement that BigQuery would refuse; the message has the line and column in the rendered file."""


def feature(name: str) -> int:
    """Return the number of a language feature, whichever version prefix this ZetaSQL release gives it.

    Raises:
        KeyError: this release has no such feature.
    """
    for prefix in _PREFIXES:
        if (found := getattr(zt.LanguageFeature, prefix + name, None)) is not None:
            return int(found)
    raise KeyError(name)


@functools.cache
def language() -> zt.LanguageOptions:
    """Return BigQuery's language: every released feature that BigQuery has, QUALIFY reserved."""
    zetasql_cache.install()
    options = zt.LanguageOptions.maximum_features()
    options.product_mode = zt.ProductMode.PRODUCT_EXTERNAL
    options.reserved_keywords = ["QUALIFY"]
    enabled = {int(number) for number in options.enabled_language_features}
    enabled -= {feature(name) for name in UNKNOWN_TO_BIGQUERY}
    enabled |= {feature(name) for name in _MORE_FOR_BIGQUERY}
    options.enabled_language_features = [zt.LanguageFeature(number) for number in sorted(enabled)]
    return options


@functools.cache
def _allowed_options() -> zt.AllowedHintsAndOptions:
    labels = zt.Type(
        type_kind=zt.TypeKind.TYPE_ARRAY,
        array_type=zt.ArrayType(
            element_type=zt.Type(
                type_kind=zt.TypeKind.TYPE_STRUCT,
                struct_type=zt.StructType(
                    field=[
                        zt.StructField(field_name="", field_type=zt.Type(type_kind=_STRING)),
                        zt.StructField(field_name="", field_type=zt.Type(type_kind=_STRING)),
                    ]
                ),
            )
        ),
    )
    types = {name: zt.Type(type_kind=kind) for name, kind in _OPTIONS.items()} | {"labels": labels}
    return zt.AllowedHintsAndOptions(
        disallow_unknown_options=True,
        disallow_duplicate_option_names=True,
        option=[zt.AllowedHintsAndOptions.Option(name=name, type=kind) for name, kind in types.items()],
    )


def parse_script(sql: str) -> zt.ASTScript:
    """Parse a file of statements.

    Raises:
        GoogleSqlError: the text is no GoogleSQL.
    """
    options = language()
    try:
        return Parser(options, ZetaSqlLocalService.get_instance()).parse_script(sql)
    except ZetaSQLError as error:
        raise GoogleSqlError(str(error)) from None


def analyse_statement(
    sql: str,
    tables: Iterable[zt.SimpleTable] = (),
    variables: Mapping[str, zt.Type] | None = None,
    parameters: Mapping[str, zt.Type] | None = None,
) -> zt.ResolvedStatement:
    """Resolve every name and type of one statement.

    Args:
        sql: the statement; what stands before it may be blanked out to keep its line numbers.
        tables: what the dataset has, under full names such as `project.dataset.sales`.
        variables: script variables in scope.
        parameters: types of query parameters; another parameter takes the type that its place asks for.

    Raises:
        GoogleSqlError: BigQuery would refuse the statement.
    """
    options = language()
    catalog = zt.SimpleCatalog(
        name="warehouse",
        builtin_function_options=zt.ZetaSQLBuiltinFunctionOptions(language_options=options),
        table=list(tables),
        constant=[zt.SimpleConstant(name_path=[name], type=kind) for name, kind in (variables or {}).items()],
    )
    analyzer_options = zt.AnalyzerOptions(
        language_options=options,
        allow_undeclared_parameters=True,
        error_message_mode=zt.ErrorMessageMode.ERROR_MESSAGE_ONE_LINE,
        query_parameters=[
            zt.AnalyzerOptions.QueryParameter(name=name, type=kind) for name, kind in (parameters or {}).items()
        ],
        allowed_hints_and_options=_allowed_options(),
        default_timezone="UTC",
    )
    try:
        resolved = Analyzer(analyzer_options, catalog).analyze_statement(sql)
    except ZetaSQLError as error:
        raise GoogleSqlError(str(error)) from None
    if type(resolved).__name__ not in KNOWN_STATEMENTS:
        raise GoogleSqlError(f"{type(resolved).__name__} is not a kind of statement that this project uses.")
    return resolved
