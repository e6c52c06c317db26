{% set table = "sale_arrivals" %}{% set batch = "batch_id" %}{% set day = "completed_at" %}
{% include "replay/compare.jinja" %}
