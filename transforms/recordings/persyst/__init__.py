"""Persyst: a layout and its samples."""
