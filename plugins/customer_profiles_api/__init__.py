"""The customer profile API: a guarded FastAPI app that serves the BigQuery view `customer_profiles`.

Stands alone: imports nothing from `dags/` or `include/`, so `plugins/` can be deployed by itself. Not named
`customer_profiles`, because the DAG file of that name may stand on the Python path before `plugins/`.
"""
