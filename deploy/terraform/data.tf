locals {
  # Written by `python -m deploy.schemas` from include/sql; views are made and renewed by the DAGs.
  tables = jsondecode(file("${path.module}/tables.json"))
}

resource "google_bigquery_dataset" "profiles" {
  dataset_id  = var.dataset
  location    = var.data_location
  description = "Lightspeed sales and one profile a customer, filled by the DAGs of ${var.environment}."

  # Two days of time travel undo a mistake; a week, the default, would be billed for every rewritten day.
  max_time_travel_hours = 48

  depends_on = [google_project_service.needed]
}

resource "google_bigquery_table" "tables" {
  for_each = local.tables

  dataset_id          = google_bigquery_dataset.profiles.dataset_id
  table_id            = each.key
  description         = each.value.description
  schema              = jsonencode(each.value.schema)
  clustering          = length(each.value.clustering) > 0 ? each.value.clustering : null
  deletion_protection = true

  dynamic "time_partitioning" {
    for_each = each.value.partition == "" ? [] : [each.value.partition]

    content {
      type  = "DAY"
      field = time_partitioning.value
    }
  }
}

resource "google_storage_bucket" "landing" {
  name                        = var.landing_bucket
  location                    = var.data_location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # Raw pages are read again only to rebuild a table.
  lifecycle_rule {
    condition {
      age            = var.raw_days
      matches_prefix = ["lightspeed/"]
    }
    action {
      type          = "SetStorageClass"
      storage_class = "COLDLINE"
    }
  }

  # What is overwritten is gone at once: an object is rewritten when a person is forgotten.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # Lifetimes: include/retention/lifetimes.py says the same, and why; enforce_retention sees to it too.
  lifecycle_rule {
    condition {
      age            = 3660
      matches_prefix = ["lightspeed/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age            = 400
      matches_prefix = ["engagement/", "models/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age            = 30
      matches_prefix = ["forgetting/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age            = 7
      matches_prefix = ["predictions/", "replay/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  depends_on = [google_project_service.needed]
}
