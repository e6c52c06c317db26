# The secrets' places; their contents are added by hand (docs/deployment.md), so that no state file has them.

resource "google_secret_manager_secret" "connections" {
  for_each = toset(["lightspeed_default", "alerts", "gmail_default", "meta_webhooks_default"])

  secret_id = "airflow-connections-${each.key}"

  replication {
    auto {}
  }

  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret" "tokens" {
  secret_id = "lightspeed-tokens"

  replication {
    auto {}
  }

  # The task that renews the pair leases the secret through these.
  lifecycle {
    ignore_changes = [annotations]
  }

  depends_on = [google_project_service.needed]
}
