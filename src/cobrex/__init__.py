"""The house: query, plan, batch, process, report."""
