"""What the pipelines do to signals: the engine, and the Beam transforms around it."""
