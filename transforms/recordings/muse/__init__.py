"""What the apps for Muse headbands write."""
