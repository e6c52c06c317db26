-- Adds to the features of @snapshot_dates what customers did by e-mail, on the web site and on social networks
-- strictly before each date. NULL where the source is not connected, had no event yet, or knows no identity of the
-- customer; 0 only where the customer could have been seen and was not.
{% set features, snapshots = params.features, "@snapshot_dates" -%}
{% set first, last = "@first_snapshot_date", "@last_snapshot_date" -%}
UPDATE `{{ params.features }}` AS features
SET
  email_days_since_last = known.email_days_since_last,
  email_received_90 = known.email_received_90,
  email_sent_90 = known.email_sent_90,
  email_reply_rate = known.email_reply_rate,
  email_reply_hours = known.email_reply_hours,
  content_days_since_last = known.content_days_since_last,
  content_visits_30 = known.content_visits_30,
  content_visits_90 = known.content_visits_90,
  content_page_views_90 = known.content_page_views_90,
  content_seconds_30 = known.content_seconds_30,
  content_seconds_90 = known.content_seconds_90,
  content_categories_90 = known.content_categories_90,
  content_top_category_share = known.content_top_category_share,
  social_days_since_last = known.social_days_since_last,
  social_interactions_90 = known.social_interactions_90,
  social_comments_90 = known.social_comments_90,
  social_mentions_90 = known.social_mentions_90,
  social_messages_90 = known.social_messages_90,
  social_reactions_90 = known.social_reactions_90
FROM (
  WITH {% include "customer_features/engagement_events.jinja" %},

  by_email AS (
    SELECT
      identities.snapshot_date,
      identities.customer_id,
      MIN(DATE_DIFF(identities.snapshot_date, emails.day, DAY)) AS email_days_since_last,
      SUM(IF(emails.day >= DATE_SUB(identities.snapshot_date, INTERVAL 90 DAY), emails.received, 0)) AS email_received_90,
      SUM(IF(emails.day >= DATE_SUB(identities.snapshot_date, INTERVAL 90 DAY), emails.sent, 0)) AS email_sent_90,
      LEAST(1.0, SAFE_DIVIDE(SUM(emails.replies), SUM(emails.sent))) AS email_reply_rate,
      SAFE_DIVIDE(SUM(emails.reply_seconds), 3600 * SUM(emails.replies)) AS email_reply_hours
    FROM identities
    LEFT JOIN emails
      ON emails.identity = identities.identity
      AND emails.day < identities.snapshot_date
      AND emails.day >= DATE_SUB(identities.snapshot_date, INTERVAL 365 DAY)
    WHERE identities.identity_kind = 'email'
      AND identities.snapshot_date > (SELECT MIN(day) FROM emails)
    GROUP BY identities.snapshot_date, identities.customer_id
  ),

  favorites AS (
    SELECT
      snapshot_date,
      customer_id,
      COUNT(*) AS content_categories_90,
      SAFE_DIVIDE(MAX(milliseconds), SUM(milliseconds)) AS content_top_category_share
    FROM category_seconds
    GROUP BY snapshot_date, customer_id
  ),

  by_content AS (
    SELECT
      known_visits.snapshot_date,
      known_visits.customer_id,
      MIN(age) AS content_days_since_last,
      COUNTIF(age <= 30) AS content_visits_30,
      COUNTIF(age <= 90) AS content_visits_90,
      SUM(IF(age <= 90, page_views, 0)) AS content_page_views_90,
      SUM(IF(age <= 30, milliseconds, 0)) / 1000 AS content_seconds_30,
      SUM(IF(age <= 90, milliseconds, 0)) / 1000 AS content_seconds_90,
      COALESCE(MAX(favorites.content_categories_90), 0) AS content_categories_90,
      MAX(favorites.content_top_category_share) AS content_top_category_share
    FROM known_visits
    LEFT JOIN favorites
      ON favorites.snapshot_date = known_visits.snapshot_date AND favorites.customer_id = known_visits.customer_id
    GROUP BY known_visits.snapshot_date, known_visits.customer_id
  ),

  by_social AS (
    SELECT
      identities.snapshot_date,
      identities.customer_id,
      MIN(DATE_DIFF(identities.snapshot_date, social.day, DAY)) AS social_days_since_last,
      COALESCE(SUM(IF(social.day >= since, interactions, 0)), 0) AS social_interactions_90,
      COALESCE(SUM(IF(social.day >= since, comments, 0)), 0) AS social_comments_90,
      COALESCE(SUM(IF(social.day >= since, mentions, 0)), 0) AS social_mentions_90,
      COALESCE(SUM(IF(social.day >= since, messages, 0)), 0) AS social_messages_90,
      COALESCE(SUM(IF(social.day >= since, reactions, 0)), 0) AS social_reactions_90
    FROM (
      SELECT *, DATE_SUB(snapshot_date, INTERVAL 90 DAY) AS since
      FROM identities
      WHERE identity_kind IN ('instagram', 'facebook')
    ) AS identities
    LEFT JOIN social
      ON social.identity_kind = identities.identity_kind
      AND social.identity = identities.identity
      AND social.day < identities.snapshot_date
      AND social.day >= DATE_SUB(identities.snapshot_date, INTERVAL 365 DAY)
    WHERE identities.snapshot_date > (SELECT MIN(day) FROM social)
    GROUP BY identities.snapshot_date, identities.customer_id
  )

  SELECT snapshot_date, customer_id, by_email.* EXCEPT (snapshot_date, customer_id),
    by_content.* EXCEPT (snapshot_date, customer_id), by_social.* EXCEPT (snapshot_date, customer_id)
  FROM by_email
  FULL JOIN by_content USING (snapshot_date, customer_id)
  FULL JOIN by_social USING (snapshot_date, customer_id)
) AS known
WHERE features.snapshot_date IN UNNEST(@snapshot_dates)
  AND features.snapshot_date = known.snapshot_date
  AND features.customer_id = known.customer_id;
