"""What others have, as recipes of ours: ESO recipes, the XML of the data centre."""
