"""Neuralynx: one file a channel, a time stamp a record."""
