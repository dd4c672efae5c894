"""FIF, and the event files beside it."""
