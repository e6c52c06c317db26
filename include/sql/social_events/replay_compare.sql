{% set table = "social_events" %}{% set batch = "batch_id" %}
{% include "replay/compare.jinja" %}
