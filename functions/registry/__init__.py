"""Devices, their keys and their sessions, kept in Bigtable."""
