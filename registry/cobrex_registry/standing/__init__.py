"""What refs say of versions: status events and channels."""
