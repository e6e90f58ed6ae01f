"""The page 'Now': a home for each role, every number with the list that it counts."""

from shipsync_site.home.page import Now, load
from shipsync_site.home.roles import ROLES, HomeRole, chosen, roles_of

__all__ = ["ROLES", "HomeRole", "Now", "chosen", "load", "roles_of"]
