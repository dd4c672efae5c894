-- One row per session and stage, in the order of the way: how long a batch took, in milliseconds.
-- device_to_door holds the error of the device's clock; door_to_bigtable does not. The stage
-- door_to_bigquery is of the rows of features_1s, which wait for their second to end.
WITH stages AS (
  SELECT tenant, subject, session, stage, ms
  FROM `${research}.latencies`, UNNEST([
    STRUCT('1 device_to_door' AS stage, (received_ns - device_ns) / 1e6 AS ms),
    STRUCT('2 door_to_pubsub', (published_ns - received_ns) / 1e6),
    STRUCT('3 pubsub_to_windows', (windowed_ns - published_ns) / 1e6),
    STRUCT('4 windows_to_bigtable', (written_ns - windowed_ns) / 1e6),
    STRUCT('5 door_to_bigtable', (written_ns - received_ns) / 1e6)])
  UNION ALL
  SELECT tenant, subject, session, '6 door_to_bigquery', (written_ns - received_ns) / 1e6
  FROM `${research}.features_1s`
)
SELECT tenant, subject, session, stage, COUNT(ms) AS n_batches,
  APPROX_QUANTILES(ms, 100)[OFFSET(50)] AS p50_ms,
  APPROX_QUANTILES(ms, 100)[OFFSET(95)] AS p95_ms,
  APPROX_QUANTILES(ms, 100)[OFFSET(99)] AS p99_ms
FROM stages
WHERE ms IS NOT NULL
GROUP BY tenant, subject, session, stage
