"""What is published, as SQLite derived from refs."""
