"""A recording's report: collected while it streams through the engine, drawn as one HTML page."""

from transforms.report.collector import ReportCollector
from transforms.report.errors import ReportError
from transforms.report.render import render_report
from transforms.report.summary import StreamReport

__all__ = ["ReportCollector", "ReportError", "StreamReport", "render_report"]
