"""What authors do: new, mend, compare, raise the version, copy."""
