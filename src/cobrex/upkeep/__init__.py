"""Upkeep of the store: what may be cleaned away, and how it goes."""
