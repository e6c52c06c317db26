"""The analysis itself can fail: statements that BigQuery refuses are refused here, for the right reason."""

from __future__ import annotations

import pytest
import zetasql.types as zt

from tests.sql import statements
from tests.sql.googlesql import UNKNOWN_TO_BIGQUERY, GoogleSqlError, feature, language
from tests.sql.zetasql_analysis import analyse, type_name

SALES = """
CREATE TABLE `a.b.sales` (
  timestamp TIMESTAMP NOT NULL OPTIONS (description = "Completion."),
  customer_id STRING,
  quantity NUMERIC NOT NULL,
  payment_methods ARRAY<STRUCT<name STRING, amount NUMERIC>>
) PARTITION BY DATE(timestamp) OPTIONS (description = "Lines.");
"""

REFUSED = {
    "an unknown column": ("SELECT payment FROM `a.b.sales`", "Unrecognized name: payment"),
    "an unknown table": ("SELECT * FROM `a.b.sale`", "Table not found"),
    "a table of another dataset": ("SELECT * FROM `b.sales`", "Table not found"),
    "DuckDB's list function": ("SELECT list_sum([1])", "Function not found: list_sum"),
    "DuckDB's cast": ("SELECT quantity::FLOAT64 FROM `a.b.sales`", "Syntax error"),
    "DuckDB's type name": ("SELECT CAST('1' AS DOUBLE)", "Type not found: DOUBLE"),
    "DuckDB's FILTER": ("SELECT COUNT(*) FILTER (WHERE TRUE) FROM `a.b.sales`", "Syntax error"),
    "a function of ZetaSQL alone": ("SELECT ARRAY_SUM([1])", "Function not found"),
    "a type of ZetaSQL alone": ("SELECT CAST(1 AS FLOAT32)", "Type not found: FLOAT32"),
    "a comparison of two types": (
        "SELECT 1 FROM `a.b.sales` WHERE timestamp > CURRENT_DATE()",
        "No matching signature",
    ),
    "a missing GROUP BY": (
        "SELECT customer_id, SUM(quantity) FROM `a.b.sales`",
        "neither grouped nor aggregated",
    ),
    "a float into NUMERIC": (
        "UPDATE `a.b.sales` SET quantity = SQRT(2.0) WHERE TRUE",
        "FLOAT64 cannot be assigned",
    ),
    "text into NUMERIC": ("INSERT `a.b.sales` (quantity) SELECT 'one'", "STRING which cannot be inserted"),
    "too few columns": ("INSERT `a.b.sales` (quantity, timestamp) SELECT 1", "has 1, expected 2"),
    "a DELETE without a WHERE": ("DELETE FROM `a.b.sales`", "must have a WHERE"),
    "a DATE_TRUNC part as text": ("SELECT DATE_TRUNC(CURRENT_DATE(), 'month')", "date part"),
    "an option that is none": ("CREATE TABLE x (a INT64) OPTIONS (descripton = 'a')", "Unknown option"),
    "an option's wrong type": ("CREATE TABLE x (a INT64 OPTIONS (description = 1))", "cannot be coerced"),
    "a parameter of two types": ("SELECT @a = 1; SELECT @a = 'text'", "No matching signature"),
    "a parameter of two types at once": ("SELECT @a = 1 AND @a = 'text'", "different types"),
    "a wrong second statement": ("SELECT 1; SELECT no_such_name", "no_such_name"),
    "a wrong statement in a branch": (
        "IF TRUE THEN SELECT 1; ELSE SELECT no_such_name; END IF",
        "no_such_name",
    ),
    "a wrong exception handler": (
        "BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN SELECT no_such_name; END",
        "no_such_name",
    ),
    "a condition that is no BOOL": ("IF 1 THEN SELECT 1; END IF", "INT64 which cannot be inserted"),
    "a variable's wrong default": (
        "DECLARE day DATE DEFAULT 1; SELECT day",
        "column value, which has type DATE",
    ),
    "a variable's wrong value": (
        "DECLARE day DATE; SET day = 1; SELECT day",
        "column value, which has type DATE",
    ),
    "a wrong value in a struct": (
        "DECLARE n, day DATE; SET (n, day) = (SELECT AS STRUCT CURRENT_DATE(), 1); SELECT n",
        "column value, which has type DATE",
    ),
    "a struct with too few values": (
        "DECLARE n, m INT64; SET (n, m) = (SELECT AS STRUCT 1); SELECT n",
        "2 variables",
    ),
    "an undeclared variable": ("SET n = 1; SELECT 1", "no DECLARE"),
    "a variable outside its block": (
        "BEGIN DECLARE n INT64; SELECT n; END; SELECT n",
        "Unrecognized name: n",
    ),
    "a variable's wrong use": (
        "DECLARE n INT64; SELECT DATE_ADD(n, INTERVAL 1 DAY)",
        "No matching signature",
    ),
    "DDL in a transaction": ("BEGIN TRANSACTION; CREATE TABLE x (a INT64); COMMIT TRANSACTION", "no DDL"),
    "dynamic SQL": ("EXECUTE IMMEDIATE 'SELECT 1'", "not a kind of statement"),
    "a file without a statement": ("-- nothing here", "no statement"),
    "a syntax error": ("SELECT FROM WHERE", "Syntax error"),
}


@pytest.fixture(scope="module")
def sales() -> list[zt.SimpleTable]:
    return analyse(SALES).created


@pytest.mark.parametrize("case", REFUSED)
def test_analysis_refuses(case, sales):
    sql, reason = REFUSED[case]
    with pytest.raises(GoogleSqlError, match="(?i)" + reason.replace("*", r"\*")):
        analyse(sql, sales)


ACCEPTED = {
    "a query with QUALIFY": """
        SELECT * FROM `a.b.sales` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_id) = 1
    """,
    "an array's struct": """
        SELECT tender.name, SUM(tender.amount) FROM `a.b.sales`, UNNEST(payment_methods) AS tender GROUP BY 1
    """,
    "a script": """
        DECLARE first_day, last_day DATE;
        DECLARE rows_seen INT64 DEFAULT 0;
        SET (first_day, last_day) = (
          SELECT AS STRUCT MIN(DATE(timestamp)), MAX(DATE(timestamp)) FROM `a.b.sales`
        );
        BEGIN TRANSACTION;
        DELETE FROM `a.b.sales`
        WHERE DATE(timestamp) BETWEEN first_day AND last_day AND customer_id = @customer;
        SET rows_seen = (SELECT COUNT(*) FROM `a.b.sales`);
        IF rows_seen > 0 THEN ROLLBACK TRANSACTION; ELSE COMMIT TRANSACTION; END IF;
        ASSERT rows_seen = 0 AS 'sales are left';
    """,
    "a table of the script": """
        CREATE TEMP TABLE days AS SELECT DATE(timestamp) AS day FROM `a.b.sales`;
        SELECT day FROM days;
    """,
    "a view": "CREATE VIEW v (n OPTIONS (description = 'One.')) OPTIONS (description = 'All.') AS SELECT 1",
    "a MERGE": """
        MERGE `a.b.sales` AS t USING (SELECT 'c' AS id) AS s ON t.customer_id = s.id
        WHEN MATCHED THEN DELETE
    """,
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_analysis_accepts(case, sales):
    assert analyse(ACCEPTED[case], sales).statements


def test_an_error_points_into_the_file(sales):
    with pytest.raises(GoogleSqlError, match=r"\[at 4:8\]"):
        analyse("SELECT 1;\n\n-- näme\nSELECT no_such_name;", sales)


def test_a_parameter_takes_the_type_of_the_place_that_tells(sales):
    script = analyse(
        "INSERT `a.b.sales` (customer_id, timestamp) SELECT @id, @at;"
        "SELECT 1 FROM `a.b.sales` WHERE customer_id = @id AND timestamp < @at",
        sales,
    )
    assert {name: type_name(kind) for name, kind in script.parameters.items()} == {
        "id": "STRING",
        "at": "TIMESTAMP",
    }


def test_a_given_parameter_type_must_fit(sales):
    date = zt.Type(type_kind=zt.TypeKind.TYPE_DATE)
    with pytest.raises(GoogleSqlError, match="No matching signature"):
        analyse("SELECT 1 FROM `a.b.sales` WHERE timestamp < @at", sales, {"at": date})


def test_a_created_table_has_the_declared_columns(sales):
    assert {column.name: type_name(column.type) for column in sales[0].column} == {
        "timestamp": "TIMESTAMP",
        "customer_id": "STRING",
        "quantity": "NUMERIC",
        "payment_methods": "ARRAY<STRUCT<name STRING, amount NUMERIC>>",
    }


def test_what_bigquery_lacks_exists_in_this_zetasql_and_is_off():
    enabled = {int(number) for number in language().enabled_language_features}
    assert [name for name in UNKNOWN_TO_BIGQUERY if feature(name) in enabled] == []
    assert feature("QUALIFY") in enabled


def test_identifiers_of_included_files_are_found():
    assert statements.identifiers('{% include "ingest_batches/insert.sql" %}') >= {
        "dataset",
        "staging_rejected",
    }


def test_an_unknown_identifier_is_named():
    with pytest.raises(AssertionError, match=r"params\.elsewhere"):
        statements._table_name("elsewhere", "include/sql/sales/commit.sql")
