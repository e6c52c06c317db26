{%- macro swap(table, shadow, days) -%}
DELETE FROM `{{ table }}` AS held
WHERE {{ days }};

INSERT INTO `{{ table }}`
SELECT *
FROM `{{ shadow }}`;
{%- endmacro -%}
-- The rebuilt tables take their places together, unless a batch was committed since the raw objects were read.
BEGIN TRANSACTION;

-- All locks, so that of this and a batch's commit BigQuery lets one pass.
UPDATE `{{ params.dataset }}.ingest_locks`
SET locked_at = locked_at
WHERE TRUE;

SELECT
  IF(
    COUNT(*) = @ledger_batches,
    'unmoved',
    ERROR(CONCAT('The ledger has ', CAST(COUNT(*) AS STRING), ' batches, not the ',
      CAST(@ledger_batches AS STRING), ' of the replay; nothing was written.'))
  ) AS ledger
FROM `{{ params.dataset }}.ingest_batches`;

{% if params.shadow_sales is defined %}
{{ swap(params.dataset ~ ".sales", params.shadow_sales, "DATE(held.timestamp) BETWEEN @first_day AND @last_day") }}
{% endif %}
{% if params.shadow_customers is defined %}
{{ swap(params.dataset ~ ".customers", params.shadow_customers, "TRUE") }}
{% endif %}
{% if params.shadow_products is defined %}
{{ swap(params.dataset ~ ".products", params.shadow_products, "TRUE") }}
{% endif %}
{% if params.shadow_sale_versions is defined %}
{{ swap(params.dataset ~ ".sale_versions", params.shadow_sale_versions, "TRUE") }}
{% endif %}
{% if params.shadow_sale_arrivals is defined %}
{{ swap(params.dataset ~ ".sale_arrivals", params.shadow_sale_arrivals, "DATE(held.completed_at) BETWEEN @first_day AND @last_day") }}
{% endif %}
{% if params.shadow_rejected_records is defined %}
{{ swap(params.dataset ~ ".rejected_records", params.shadow_rejected_records, "DATE(held.rejected_at) BETWEEN @first_day AND @last_day") }}
{% endif %}
{% if params.shadow_email_events is defined %}
{{ swap(params.dataset ~ ".email_events", params.shadow_email_events, "TRUE") }}
{% endif %}
{% if params.shadow_social_events is defined %}
{{ swap(params.dataset ~ ".social_events", params.shadow_social_events, "TRUE") }}
{% endif %}
{% if params.shadow_ingest_batches is defined %}
{{ swap(params.dataset ~ ".ingest_batches", params.shadow_ingest_batches, "DATE(held.committed_at) BETWEEN @first_day AND @last_day") }}
{% endif %}
{% if params.shadow_ingest_locks is defined %}
{{ swap(params.dataset ~ ".ingest_locks", params.shadow_ingest_locks, "TRUE") }}
{% endif %}

COMMIT TRANSACTION;
