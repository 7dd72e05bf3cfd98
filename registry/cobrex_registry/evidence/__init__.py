"""What a recipe's tests take and are to give, and what servers attest."""
