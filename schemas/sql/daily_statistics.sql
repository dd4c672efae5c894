-- One row per person and day (UTC) with a completed session: how many, how long on average, with
-- how many devices. People are never mixed: every row is one subject of one tenant. Sessions that
-- are open or that expired do not count; recorded files are complete.
SELECT
  tenant,
  subject,
  DATE(started) AS day,
  COUNT(*) AS n_sessions,
  AVG(duration_s) AS average_duration_s,
  SUM(duration_s) AS duration_s,
  COUNT(DISTINCT device) AS n_devices
FROM `${research}.session_list`
WHERE status IN ('ended', 'recorded')
GROUP BY tenant, subject, day
