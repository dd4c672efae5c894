"""What tests of several folders share, once a process."""

from __future__ import annotations

import os

from tests.bigquery_tables import bigquery as bigquery
from tests.servers import bigtable as bigtable
from tests.servers import pubsub as pubsub
from tests.servers import pubsub_project as pubsub_project

# Not on Google's machines: asking their metadata server takes ten seconds for every client made.
os.environ.setdefault("NO_GCE_CHECK", "true")
