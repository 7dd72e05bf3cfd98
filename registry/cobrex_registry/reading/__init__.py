"""Files of people read strictly: every mistake with its line."""
