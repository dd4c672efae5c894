"""ANT Neuro."""
