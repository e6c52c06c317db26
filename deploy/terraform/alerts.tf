# One policy a kind of include/alerts.py: its line in a task's log begins with "ALERT <kind>:".

locals {
  # Kind -> severity, and how long Google waits before it tells of the same kind again.
  alerts = {
    FRESHNESS      = { severity = "ERROR", again = "1800s" }
    FAILED_TASK    = { severity = "ERROR", again = "1800s" }
    REJECTED       = { severity = "WARNING", again = "86400s" }
    RECONCILIATION = { severity = "ERROR", again = "86400s" }
    SCHEMA         = { severity = "WARNING", again = "86400s" }
    MODEL          = { severity = "WARNING", again = "86400s" }
    QUALITY        = { severity = "ERROR", again = "21600s" }
  }
}

resource "google_monitoring_notification_channel" "watch" {
  display_name = "Who watches the shop"
  type         = "email"
  labels = {
    email_address = var.alert_email
  }
}

resource "google_monitoring_alert_policy" "alerts" {
  for_each = local.alerts

  display_name          = "${var.environment}: ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [google_monitoring_notification_channel.watch.id]

  conditions {
    display_name = "A task's log has ALERT ${each.key}"

    condition_matched_log {
      filter = <<-EOT
        resource.type="cloud_composer_environment"
        resource.labels.environment_name="${var.environment}"
        "ALERT ${each.key}:"
      EOT
    }
  }

  alert_strategy {
    notification_rate_limit {
      period = each.value.again
    }
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.environment}: ${each.key}"
    content   = "See the runbook of ${each.key} in docs/operations.md of the repository."
  }

  depends_on = [google_project_service.needed]
}

# The alert that no task can raise: nothing runs at all.
resource "google_monitoring_alert_policy" "silence" {
  display_name          = "${var.environment}: SILENCE"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [google_monitoring_notification_channel.watch.id]

  conditions {
    display_name = "No run of lightspeed_to_bigquery has ended for a quarter of an hour"

    condition_absent {
      filter   = <<-EOT
        resource.type="cloud_composer_workflow"
        AND resource.labels.workflow_name="lightspeed_to_bigquery"
        AND metric.type="composer.googleapis.com/workflow/run_count"
      EOT
      duration = "900s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        # Over all outcomes: that none has failed for a while is no silence.
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.environment}: SILENCE"
    content   = "See the runbook of SILENCE in docs/operations.md of the repository."
  }

  depends_on = [google_project_service.needed]
}
