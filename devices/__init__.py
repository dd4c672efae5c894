"""The device's side: what sends signals, and what stands in for it where there is no device."""
