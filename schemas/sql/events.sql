-- What happened to the signals, each once: of a stream's epoch that was computed again, only what
-- its highest revision found (and what happened on the way, which only revision 0 can know).
WITH computed AS (
  SELECT tenant, session, stream, epoch, MAX(revision) AS revision
  FROM `${log}.sessions`
  WHERE stream IS NOT NULL
  GROUP BY tenant, session, stream, epoch
)
SELECT event.*
FROM `${log}.events` AS event
LEFT JOIN computed
  ON computed.tenant = event.tenant AND computed.session = event.session
  AND computed.stream = event.stream AND computed.epoch = event.epoch
WHERE event.category = 'arrival'
  OR computed.revision IS NULL
  OR event.revision >= computed.revision
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY event.tenant, event.session, event.stream, event.epoch, event.start_time,
    event.start_ns, event.category, event.kind, event.channel, event.detail
  ORDER BY event.revision DESC, event.end_ns DESC, event.ingested_at DESC) = 1
