"""The archive of packets."""
