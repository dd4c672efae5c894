"""BrainVision: header, samples and markers in three files."""
