"""The catalogue: SQL and FITS headers."""
