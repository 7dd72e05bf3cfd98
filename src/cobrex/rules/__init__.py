"""Association rules as data: the language, the book of all rules, workflows."""
