"""What a job does once it is handed over: it is waited for only by who stays beside it."""

from __future__ import annotations

from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, TestOptions


def launched_text(options: PipelineOptions) -> str | None:
    """What there is to say if the job is not to be waited for; None where its result is read.

    A launcher of templates lets `main` write the job's description and starts it after `main` has
    returned: waiting for it would be waiting for ever, and it has no id yet.
    """
    if options.view_as(TestOptions).dry_run:
        return "Dry run: the job was translated, not started."
    location = options.view_as(GoogleCloudOptions).template_location
    return f"Handed over: the job is described in {location}." if location else None
