"""Pages, and what generates the parts of them that the code defines."""
