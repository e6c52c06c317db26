"""Predictions: churn, next purchase and likely products, learned from a shop's own sales.

`plan` says what to learn from, `queries` runs the SQL, `training` fits and chooses, `scoring` predicts,
`artifacts` keeps the models, `pipeline` puts the steps together; the DAG and the commands call `pipeline`.
"""
