"""Jobs that a data engineer launches."""
