"""Generators, games, vision: arrays in, arrays out. Knows nothing of the site."""
