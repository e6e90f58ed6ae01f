"""Forms of accounts, stores and rules; grouped by decision, not by model."""
