"""Rules and workflows: documents of one YAML file, published under their own number."""
