"""Step 3: sources mapped to one customer model, read, typed, audited and cleaned."""
