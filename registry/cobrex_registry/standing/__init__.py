"""What is said of versions: deprecated, yanked, promoted."""
