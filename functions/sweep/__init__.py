"""The sweep: sessions that were abandoned are closed, ends that were not told are told."""
