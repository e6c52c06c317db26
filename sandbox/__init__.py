"""The local stand-in for the cloud: Lightspeed, BigQuery, Cloud Storage and Secret Manager."""
