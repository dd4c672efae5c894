"""Samples placed on a regular grid by clocks that are not regular."""
