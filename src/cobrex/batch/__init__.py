"""A request as a stored thing."""
