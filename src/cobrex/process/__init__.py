"""One execution of one recipe version."""
