"""The lessons, a module per role; codes sort in the order in which they are taken."""
