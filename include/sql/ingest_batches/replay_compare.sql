{% set table = "ingest_batches" %}{% set batch = "batch_id" %}{% set day = "committed_at" %}
{% include "replay/compare.jinja" %}
