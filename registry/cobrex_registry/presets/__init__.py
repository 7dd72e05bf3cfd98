"""Presets in the registry: published, found, saved, compared."""
