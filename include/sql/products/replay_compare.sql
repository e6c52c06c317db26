{% set table = "products" %}{% set batch = "batch_id" %}
{% include "replay/compare.jinja" %}
