"""XDF: all streams of a lab's recorder, on one clock."""
