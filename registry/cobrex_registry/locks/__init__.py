"""Exact versions: lock files and suites."""
