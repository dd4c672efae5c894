-- One row per channel and interval of two minutes or more in which its quality stays below 0.5,
-- second by second: a mean over channels would hide a dead one. A pause of more than 5 s, or one
-- good second, ends the interval.
WITH seconds AS (
  SELECT tenant, subject, session, stream, epoch, start_time, start_ns, one.channel,
    one.quality_mean AS quality,
    LAG(one.quality_mean) OVER spoken AS quality_before,
    start_ns - LAG(start_ns) OVER spoken AS since_ns
  FROM `${research}.features_1s`, UNNEST(channels) AS one
  WINDOW spoken AS (
    PARTITION BY tenant, subject, session, stream, epoch, one.channel ORDER BY start_ns)
),
numbered AS (
  SELECT *,
    COUNTIF(quality_before IS NULL OR quality_before >= 0.5 OR since_ns > 5000000000) OVER (
      PARTITION BY tenant, subject, session, stream, epoch, channel ORDER BY start_ns) AS run
  FROM seconds
  WHERE quality < 0.5
)
SELECT tenant, subject, session, stream, epoch, channel,
  MIN(start_time) AS began,
  (MAX(start_ns) - MIN(start_ns)) / 1e9 + 1 AS duration_s,
  AVG(quality) AS quality,
  MIN(quality) AS quality_min
FROM numbered
GROUP BY tenant, subject, session, stream, epoch, channel, run
HAVING MAX(start_ns) - MIN(start_ns) >= 119000000000
