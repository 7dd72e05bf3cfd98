"""A recipe's own tests: run as processes are, compared with what is expected."""
