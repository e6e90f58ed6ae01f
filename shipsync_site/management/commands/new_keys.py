"""Print fresh secrets for an installation."""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Prints the three secrets of an installation as environment lines."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"SHIPSYNC_SECRET_KEY={secrets.token_urlsafe(50)}")
        self.stdout.write(f"SHIPSYNC_FIELD_KEYS={Fernet.generate_key().decode()}")
        self.stdout.write(f"SHIPSYNC_SEARCH_KEY={secrets.token_urlsafe(50)}")
