"""Git: objects, trees, refs, signatures."""
