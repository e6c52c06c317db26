"""Late truth: each day's sales in BigQuery held against Lightspeed, and read again where they differ."""
