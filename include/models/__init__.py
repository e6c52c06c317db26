"""Predictions: churn, next purchase and likely products, learned from a shop's own sales.

`plan` says what to learn from, `queries` runs the SQL, `training` fits and chooses, `scoring` predicts,
`artifacts` keeps the models, `pipeline` puts the steps together; the DAG and the commands call `pipeline`.
"""

import os

# Before anything loads XGBoost: its threads wait without spinning. On a worker that has other tasks they
# would take its time from those; the bytes are the same.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
