"""Step 4: what customers are likely to do next, how sure that is, and how it did when it was checked."""
