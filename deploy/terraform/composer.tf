resource "google_project_service" "needed" {
  for_each = toset([
    "bigquery.googleapis.com",
    "composer.googleapis.com",
    "monitoring.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

resource "google_composer_environment" "profiles" {
  name   = var.environment
  region = var.region

  config {
    environment_size = "ENVIRONMENT_SIZE_SMALL"

    software_config {
      image_version = "composer-3-airflow-3.3.1"
    }

    # Sales are taken in by one task at a time, models trained by one: two workers, four in the scoring hour.
    workloads_config {
      scheduler {
        cpu        = 1
        memory_gb  = 4
        storage_gb = 1
        count      = 1
      }
      triggerer {
        cpu       = 0.5
        memory_gb = 1
        count     = 1
      }
      dag_processor {
        cpu        = 1
        memory_gb  = 4
        storage_gb = 1
        count      = 1
      }
      web_server {
        cpu        = 1
        memory_gb  = 4
        storage_gb = 1
      }
      worker {
        cpu        = 2
        memory_gb  = 8
        storage_gb = 10
        min_count  = 2
        max_count  = 4
      }
    }

    data_retention_config {
      airflow_metadata_retention_config {
        retention_mode = "RETENTION_MODE_ENABLED"
        retention_days = var.metadata_days
      }
    }

    node_config {
      service_account = google_service_account.airflow.email
    }
  }

  # `make deploy` sets these: packages, variables and options change with the code.
  lifecycle {
    ignore_changes = [
      config[0].software_config[0].pypi_packages,
      config[0].software_config[0].env_variables,
      config[0].software_config[0].airflow_config_overrides,
    ]
  }

  depends_on = [
    google_project_service.needed,
    google_project_iam_member.airflow,
  ]
}
