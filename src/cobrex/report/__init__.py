"""What was made from what, as pages."""
