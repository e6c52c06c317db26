{% set table = "rejected_records" %}{% set batch = "batch_id" %}{% set day = "rejected_at" %}
{% include "replay/compare.jinja" %}
