"""What the store tells without a catalogue, and the catalogue made again from it."""
