"""What recipe.yaml and preset.yaml say, and what follows: code hash, manual, working folder."""
