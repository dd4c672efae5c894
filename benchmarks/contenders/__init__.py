"""Ways to turn blocks of samples into numbers every 50 ms; one file each."""
