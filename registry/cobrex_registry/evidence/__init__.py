"""A recipe's own tests, what they are to give, and what servers attest."""
