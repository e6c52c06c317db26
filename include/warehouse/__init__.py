"""BigQuery as the DAGs use it: SQL files rendered, tables ensured, statements run."""
