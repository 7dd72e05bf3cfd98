"""Named parameters, published on their own."""
