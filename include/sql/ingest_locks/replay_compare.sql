{% set table = "ingest_locks" %}{% set batch = "stream" %}
{% include "replay/compare.jinja" %}
