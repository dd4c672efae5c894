"""Nihon Kohden: blocks of samples, and the texts beside them."""
