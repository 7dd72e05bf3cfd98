"""What a recipe is: its manifest, its files, its code hash."""
