"""Sessions: opened, renewed and ended by a device, timed out by whoever comes after."""
