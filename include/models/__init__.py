"""Predictions: churn, next purchase and likely products, learned from a shop's own sales.

`plan` says what to learn from, `queries` runs the SQL, `training` fits and chooses, `scoring` predicts,
`artifacts` keeps the models, `pipeline` puts the steps together; the DAG and the commands call `pipeline`.
"""

import os

# Before anything loads XGBoost: its threads wait without spinning. On a worker that has other tasks, training
# is five times as fast, with the same bytes.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
