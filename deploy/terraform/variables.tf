variable "project" {
  description = "Google Cloud project that everything is made in."
  type        = string
}

variable "region" {
  description = "Region of the Composer environment."
  type        = string
  default     = "us-central1"
}

variable "environment" {
  description = "Name of the Composer environment."
  type        = string
  default     = "customer-profiles"
}

variable "data_location" {
  description = "Location of the dataset and the landing bucket; BIGQUERY_LOCATION in deploy/composer.toml."
  type        = string
  default     = "US"
}

variable "dataset" {
  description = "BigQuery dataset; BIGQUERY_DATASET in deploy/composer.toml."
  type        = string
  default     = "livhana_prod"
}

variable "landing_bucket" {
  description = "Bucket of raw pages, typed rows and models, unique in the world; LANDING_BUCKET in deploy/composer.toml."
  type        = string
}

variable "raw_days" {
  description = "Days until a raw page moves to Coldline storage. Raw pages are never deleted: every table can be rebuilt from them."
  type        = number
  default     = 90
}

variable "metadata_days" {
  description = "Days that Airflow's database keeps runs, which are 2,000 and more a day."
  type        = number
  default     = 30
}

variable "alert_email" {
  description = "Address that alerts are sent to."
  type        = string
}

variable "profile_readers" {
  description = "Members that may read the dataset, such as group:marketing@example.com."
  type        = set(string)
  default     = []
}
