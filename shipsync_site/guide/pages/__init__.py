"""The pages of the guide, a module for each question or family of questions."""
