"""The software a recipe runs in: host, python, conda, container."""
