"""What curators do: deprecate, yank, promote."""
