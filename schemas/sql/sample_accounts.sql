-- One row per stream and epoch: the newest account of its packets and samples. What is
-- unexplained is 0, or something was lost; share_lost is of all places up to the last sample.
SELECT
  *,
  samples_accepted - samples_computed - samples_duplicate - samples_late - samples_held
    - COALESCE(samples_refused, 0) AS samples_unexplained,
  SAFE_DIVIDE(samples_in_gaps, samples_in_gaps + samples_computed) AS share_lost
FROM `${research}.stream_accounts`
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY tenant, session, stream, epoch
  ORDER BY revision DESC, is_final DESC, as_of_ns DESC, packets_accepted DESC) = 1
