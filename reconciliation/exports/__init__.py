"""Reports as CSV: which there are, who took them, what goes out by itself."""
