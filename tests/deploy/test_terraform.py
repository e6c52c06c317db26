"""The Terraform configuration, evaluated as a whole: tables, alerts, rights, and what make deploy takes over."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from deploy import schemas, settings
from deploy.settings import ROOT
from include.alerts import Kind
from include.retention import lifetimes

TERRAFORM = ROOT / "deploy" / "terraform"

ROLES = {
    "project": {"roles/composer.worker", "roles/bigquery.jobUser", "roles/bigquery.readSessionUser"},
    "dataset": {"roles/bigquery.dataEditor"},
    "bucket": {"roles/storage.objectAdmin", "roles/storage.legacyBucketReader"},
    "secret": {"roles/secretmanager.secretAccessor"},
}


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Type -> its resources, after for_each, locals, functions and default values."""
    folder = tmp_path_factory.mktemp("terraform")
    shutil.copytree(TERRAFORM, folder, dirs_exist_ok=True)
    return importlib.import_module("tfparse").load_from_path(str(folder))


def blocks(resource: dict[str, Any], *path: str) -> dict[str, Any]:
    """The one block at a path of nested blocks."""
    for name in path:
        found = resource[name]
        resource = found[0] if isinstance(found, list) else found
    return resource


def rules_of(bucket: dict[str, Any], action: str) -> dict[str, int]:
    """Prefix -> days of the bucket's lifecycle rules of a kind."""
    rules = [rule for rule in bucket["lifecycle_rule"] if blocks(rule, "action")["type"] == action]
    conditions = [blocks(rule, "condition") for rule in rules]
    return {prefix: each["age"] for each in conditions for prefix in each.get("matches_prefix", [])}


def references(file: Path) -> set[tuple[str, str]]:
    """(type, name) of every resource that a file refers to."""
    text = re.sub(r'^(resource|data) "\w+" "\w+"', "", file.read_text("utf-8"), flags=re.MULTILINE)
    return set(re.findall(r"\b(google_\w+)\.(\w+)", text))


def defined(kind: str) -> set[str]:
    text = "\n".join(file.read_text("utf-8") for file in TERRAFORM.glob("*.tf"))
    return set(re.findall(rf'^{kind} "(\w+)"', text, flags=re.MULTILINE))


def test_the_tables_are_those_of_the_sql():
    assert schemas.FILE.read_text("utf-8") == schemas.text(), "run: .venv/bin/python -m deploy.schemas"


def test_every_table_becomes_a_resource_with_its_schema_and_partitions(configuration):
    made = {table["table_id"]: table for table in configuration["google_bigquery_table"]}
    wanted = schemas.tables()
    assert made.keys() == wanted.keys()
    for name, table in made.items():
        assert json.loads(table["schema"]) == wanted[name]["schema"]
        partition = blocks(table, "time_partitioning")["field"] if wanted[name]["partition"] else ""
        assert partition == wanted[name]["partition"]
        assert (table["clustering"] or []) == wanted[name]["clustering"]
        assert table["deletion_protection"] is True


def test_each_kind_of_alert_has_a_policy_that_finds_its_line_in_the_log(configuration, caplog):
    from include.alerts import alert

    policies = {
        policy["display_name"].rpartition(": ")[2]: policy for policy in configuration["google_monitoring_alert_policy"]
    }
    assert policies.keys() == {*Kind, "SILENCE"}
    for kind in Kind:
        caplog.clear()
        alert("Something happened.", "", kind=kind)
        log_filter = blocks(policies[kind], "conditions", "condition_matched_log")["filter"]
        [searched] = re.findall(r'^\s*"(.+)"\s*$', log_filter, flags=re.MULTILINE)
        assert searched in caplog.text
        assert not any(searched in f"ALERT {other}: x" for other in Kind if other != kind)


def test_each_policy_names_a_runbook_that_is_there(configuration):
    headings = set(re.findall(r"^### (\w+)$", (ROOT / "docs/operations.md").read_text("utf-8"), flags=re.MULTILINE))
    named = {
        re.findall(r"runbook of (\w+)", blocks(policy, "documentation")["content"])[0]
        for policy in configuration["google_monitoring_alert_policy"]
    }
    assert named == headings


def test_the_service_account_has_these_roles_and_no_other(configuration):
    given = {
        "project": {member["role"] for member in configuration["google_project_iam_member"]},
        "dataset": {member["role"] for member in configuration["google_bigquery_dataset_iam_member"]},
        "bucket": {member["role"] for member in configuration["google_storage_bucket_iam_member"]},
    }
    assert given == {scope: ROLES[scope] for scope in given}
    secrets = configuration["google_secret_manager_secret_iam_member"]
    assert {str(member["role"]) for member in secrets if str(member["role"]).startswith("roles/")} == ROLES["secret"]
    [keeper] = configuration["google_project_iam_custom_role"]
    assert len(keeper["permissions"]) == 5
    assert all(name.startswith("secretmanager.") for name in keeper["permissions"])


def test_the_environment_runs_the_image_and_keeps_metadata_a_month(configuration):
    [environment] = configuration["google_composer_environment"]
    software = blocks(environment, "config", "software_config")
    assert software["image_version"] == settings.read().image
    retention = blocks(environment, "config", "data_retention_config", "airflow_metadata_retention_config")
    assert retention["retention_mode"] == "RETENTION_MODE_ENABLED"
    assert retention["retention_days"] == lifetimes.AUDIT_DAYS == 30


def test_connections_lie_where_airflow_looks_for_them(configuration):
    prefix = json.loads(settings.read().airflow["secrets-backend_kwargs"])["connections_prefix"]
    names = {secret["secret_id"] for secret in configuration["google_secret_manager_secret"]}
    connections = ("lightspeed_default", "alerts", "gmail_default", "meta_webhooks_default")
    assert names == {*(f"{prefix}-{name}" for name in connections), "lightspeed-tokens"}


def test_raw_pages_are_kept_and_scores_are_not(configuration):
    [bucket] = configuration["google_storage_bucket"]
    assert rules_of(bucket, "SetStorageClass").keys() == {"lightspeed/"}
    assert rules_of(bucket, "Delete")["predictions/"] == 7
    assert bucket["public_access_prevention"] == "enforced"


def test_the_buckets_rules_are_the_stated_lifetimes_and_nothing_that_was_overwritten_is_kept(configuration):
    [bucket] = configuration["google_storage_bucket"]
    assert rules_of(bucket, "Delete") == lifetimes.OBJECTS
    assert blocks(bucket, "soft_delete_policy")["retention_duration_seconds"] == 0
    assert "versioning" not in bucket


def test_defaults_are_those_of_make_deploy(configuration):
    defaults = {variable["__tfmeta"]["path"].partition(".")[2]: variable for variable in configuration["variable"]}
    given = settings.read().variables
    assert defaults["dataset"]["default"] == given["BIGQUERY_DATASET"]
    assert defaults["data_location"]["default"] == given["BIGQUERY_LOCATION"]


def test_whatever_is_referred_to_is_defined():
    resources = {
        (kind, name)
        for file in TERRAFORM.glob("*.tf")
        for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', file.read_text("utf-8"), flags=re.MULTILINE)
    }
    assert {ref for file in TERRAFORM.glob("*.tf") for ref in references(file)} <= resources
    used = {name for file in TERRAFORM.glob("*.tf") for name in re.findall(r"\bvar\.(\w+)", file.read_text("utf-8"))}
    assert used == defined("variable")


@pytest.mark.parametrize(
    ("sql", "field"),
    [
        ("a INT64 NOT NULL", {"name": "a", "type": "INTEGER", "mode": "REQUIRED"}),
        ("a ARRAY<STRING>", {"name": "a", "type": "STRING", "mode": "REPEATED"}),
        (
            'a ARRAY<STRUCT<b FLOAT64 OPTIONS (description = "(B), \\"b\\"."), c DATE>>',
            {
                "name": "a",
                "type": "RECORD",
                "mode": "REPEATED",
                "fields": [
                    {"name": "b", "type": "FLOAT", "mode": "NULLABLE", "description": '(B), "b".'},
                    {"name": "c", "type": "DATE", "mode": "NULLABLE"},
                ],
            },
        ),
    ],
)
def test_a_column_is_read_as_bigquery_reads_it(sql, field):
    [read] = schemas.Statement(f'CREATE TABLE IF NOT EXISTS `d.t` ({sql}) OPTIONS (description = "T.")').table()[
        "schema"
    ]
    assert read == field


def test_a_statement_that_is_not_understood_is_an_error():
    with pytest.raises(ValueError, match=r"Teach deploy/schemas\.py"):
        schemas.Statement("CREATE TABLE t (a INT64 DEFAULT 1)").table()


@pytest.mark.services
def test_terraforms_tables_are_those_that_the_dags_create(bigquery_client, dataset):
    def columns(fields: list[dict[str, Any]]) -> list[tuple]:
        return [(f["name"], f["type"], f.get("mode", "NULLABLE"), columns(f.get("fields", []))) for f in fields]

    for name, table in schemas.tables().items():
        created = bigquery_client.get_table(f"{dataset}.{name}")
        assert columns([field.to_api_repr() for field in created.schema]) == columns(table["schema"]), name
