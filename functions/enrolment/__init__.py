"""Enrolment: an operator's claim becomes a device with a key of its own."""
