{% set table = "email_events" %}{% set batch = "batch_id" %}
{% include "replay/compare.jinja" %}
