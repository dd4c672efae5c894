"""GDF 1 and 2."""
