{% set table = "sale_versions" %}{% set batch = "batch_id" %}
{% include "replay/compare.jinja" %}
