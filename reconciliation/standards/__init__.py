"""Seller standards: the rates by which marketplaces judge a seller, from our own rows."""
