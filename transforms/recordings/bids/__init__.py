"""BIDS datasets: what the files around a recording say of it."""
