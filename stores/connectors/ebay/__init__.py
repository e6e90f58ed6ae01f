"""eBay: Sell Fulfillment v1, OAuth with a seller's consent, Commerce Notification v1."""
