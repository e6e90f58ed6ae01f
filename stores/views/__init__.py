"""The console's pages of accounts, stores, rules and carrier mappings."""
