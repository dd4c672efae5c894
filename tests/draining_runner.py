"""A runner for bounded input that ends as a drained job does: no timer of the clock is waited for.

FnApiRunner stops with an error where a timer of the clock is still to come when nothing else is
left to do: it neither waits for it nor lets it go.
"""

from __future__ import annotations

from typing import Any

from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.utils.timestamp import MAX_TIMESTAMP


class DrainingRunner(FnApiRunner):
    """FnApiRunner that drops timers of the clock once nothing else is left to do."""

    def _schedule_ready_bundles(self, runner_execution_context: Any) -> None:
        super()._schedule_ready_bundles(runner_execution_context)
        queues = runner_execution_context.queues
        if len(queues.ready_inputs) or not len(queues.time_pending_inputs):
            return
        watermarks = runner_execution_context.watermark_manager
        while len(queues.time_pending_inputs):
            (stage, _), bundle = queues.time_pending_inputs.deque()
            for family in bundle.timers:
                watermarks.set_pcoll_watermark(family, MAX_TIMESTAMP)
            for output in watermarks.get_stage_node(stage).outputs:
                output.set_produced_watermark(MAX_TIMESTAMP)
        super()._schedule_ready_bundles(runner_execution_context)
