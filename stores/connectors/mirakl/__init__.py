"""Mirakl: one API, many operators (Debenhams, B&Q and others run on it)."""
