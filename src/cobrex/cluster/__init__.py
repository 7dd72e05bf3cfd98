"""What is asked of a cluster, in its own commands."""
