"""What the OpenBCI GUI writes."""
