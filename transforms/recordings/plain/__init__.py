"""Tables of numbers, and arrays."""
