"""What may be published, by either way in: lint, the number a change wants, no drafts."""
