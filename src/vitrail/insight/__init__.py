"""Step 4, insight: what the segments are like, and the figures that tell who the customers are."""
