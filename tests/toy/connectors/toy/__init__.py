"""Toy Street: a marketplace that only tests know, one folder and nothing else."""
