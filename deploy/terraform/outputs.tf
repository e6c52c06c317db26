output "environment" {
  description = "ENVIRONMENT of make deploy."
  value       = google_composer_environment.profiles.name
}

output "location" {
  description = "LOCATION of make deploy."
  value       = google_composer_environment.profiles.region
}

output "landing_bucket" {
  description = "LANDING_BUCKET in deploy/composer.toml."
  value       = google_storage_bucket.landing.name
}

output "airflow" {
  description = "Address of Airflow's web server."
  value       = google_composer_environment.profiles.config[0].airflow_uri
}

output "token_secret" {
  description = "token_secret in the extra of the connection lightspeed_default, for OAuth."
  value       = google_secret_manager_secret.tokens.id
}
