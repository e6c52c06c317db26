"""What the DAGs do: extraction, landing, features, models. Imported as `include` here and on Composer."""
