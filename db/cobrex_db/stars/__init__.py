"""Stars, the names they go by, and the frames they are on."""
