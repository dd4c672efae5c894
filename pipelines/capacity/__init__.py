"""What a fleet of devices needs of the cloud, and what it costs: `python -m pipelines.capacity`."""
