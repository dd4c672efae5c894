-- One row per session: who, with which device, for what, from when to when, and whether it came
-- to its end: open, ended, expired, or recorded (a file). Times are those of the registry, or of
-- the first and last sample. The streams are an array.
SELECT
  tenant,
  session,
  MAX(subject) AS subject,
  MAX(device) AS device,
  MAX(experiment) AS experiment,
  COALESCE(MAX(status), 'recorded') AS status,
  MAX(reason) AS reason,
  MAX(metadata) AS metadata,
  MIN(start_time) AS started,
  TIMESTAMP_MICROS(DIV(COALESCE(
    MAX(IF(stream IS NULL, end_ns, NULL)), MAX(end_ns)), 1000)) AS ended,
  (COALESCE(MAX(IF(stream IS NULL, end_ns, NULL)), MAX(end_ns)) - MIN(start_ns)) / 1e9
    AS duration_s,
  COUNT(DISTINCT stream) AS n_streams,
  COUNTIF(stream IS NOT NULL) AS n_epochs,
  SUM(n_samples) AS n_samples,
  SUM(n_windows) AS n_windows,
  STRING_AGG(DISTINCT signal, ', ' ORDER BY signal) AS signals,
  ARRAY_AGG(
    IF(stream IS NULL, NULL, STRUCT(
      stream AS stream, epoch AS epoch, signal AS signal, rate_num / rate_den AS rate_hz,
      channels AS channels, n_samples AS n_samples, share_flagged AS share_flagged))
    IGNORE NULLS ORDER BY stream, epoch) AS streams
FROM `${research}.sessions`
GROUP BY tenant, session
