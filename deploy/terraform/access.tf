resource "google_service_account" "airflow" {
  account_id   = "${var.environment}-airflow"
  display_name = "Airflow of ${var.environment}: runs the DAGs and serves the profile endpoint"
}

# In the project: what Composer needs to run at all, and the right to start BigQuery jobs and read sessions.
resource "google_project_iam_member" "airflow" {
  for_each = toset([
    "roles/composer.worker",
    "roles/bigquery.jobUser",
    "roles/bigquery.readSessionUser",
  ])

  project = var.project
  role    = each.key
  member  = google_service_account.airflow.member
}

# Data: this dataset and this bucket only.
resource "google_bigquery_dataset_iam_member" "airflow" {
  dataset_id = google_bigquery_dataset.profiles.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.airflow.member
}

resource "google_bigquery_dataset_iam_member" "readers" {
  for_each = var.profile_readers

  dataset_id = google_bigquery_dataset.profiles.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.key
}

resource "google_storage_bucket_iam_member" "airflow" {
  for_each = toset(["roles/storage.objectAdmin", "roles/storage.legacyBucketReader"])

  bucket = google_storage_bucket.landing.name
  role   = each.key
  member = google_service_account.airflow.member
}

# Connections are read; the OAuth token pair is also renewed: a new version, old ones destroyed, a lease on it.
resource "google_secret_manager_secret_iam_member" "connections" {
  for_each = google_secret_manager_secret.connections

  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.airflow.member
}

resource "google_project_iam_custom_role" "token_keeper" {
  role_id     = replace("${var.environment}_token_keeper", "-", "_")
  title       = "Keeps Lightspeed's OAuth token pair"
  description = "Reads the pair, adds a renewed one, destroys old ones, and leases the secret by its annotations."
  permissions = [
    "secretmanager.secrets.get",
    "secretmanager.secrets.update",
    "secretmanager.versions.access",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
  ]
}

resource "google_secret_manager_secret_iam_member" "tokens" {
  secret_id = google_secret_manager_secret.tokens.id
  role      = google_project_iam_custom_role.token_keeper.id
  member    = google_service_account.airflow.member
}
