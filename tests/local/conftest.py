from __future__ import annotations

from tests.servers import pubsub as pubsub
from tests.servers import pubsub_project as pubsub_project
