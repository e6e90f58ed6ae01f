"""TikTok Shop: Partner API of sellers outside the US, for orders that they ship."""
