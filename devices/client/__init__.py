"""The reference client: how a device keeps, posts and accounts for what it measures."""
