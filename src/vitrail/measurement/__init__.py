"""Step 5: what became of the segments."""
