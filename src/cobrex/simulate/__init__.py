"""Simulated observations with known truth."""
