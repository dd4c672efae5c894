"""Rows, numbers and time stamps in text."""
