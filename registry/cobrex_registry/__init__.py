"""Recipes, presets and environments: git and manifests."""
