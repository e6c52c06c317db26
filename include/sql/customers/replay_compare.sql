{% set table = "customers" %}{% set batch = "batch_id" %}
{% include "replay/compare.jinja" %}
