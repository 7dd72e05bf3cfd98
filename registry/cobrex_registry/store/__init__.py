"""Git: objects, trees, refs, notes, signatures."""
