"""Recommendation models: arrays in, arrays out. Knows nothing of the site that shows the lists."""
