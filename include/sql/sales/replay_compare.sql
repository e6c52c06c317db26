{% set table = "sales" %}{% set batch = "batch_id" %}{% set day = "timestamp" %}
{% include "replay/compare.jinja" %}
