"""What marketplaces list themselves, and the hosts that operators may have."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from shipsync_site.lib.clock_field import BusinessTimeField
from stores.connectors import connector_choices
from stores.hosts import check_host


class ChoiceList(models.Model):
    """When a list of an account was last read, so that an empty one counts as read.

    ``read_at`` is business time. Written by the choice store, like its choices.
    """

    account = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    scope = models.CharField(max_length=100, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "scope"], name="choice_list_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.kind} {self.scope}".strip()


class Choice(models.Model):
    """One entry of a marketplace's own list, in the marketplace's order (``pk``).

    ``scope`` is what the list belongs to ('' the account); ``standard`` a name that
    other accounts share.
    """

    account = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    scope = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=100)
    label = models.CharField(max_length=300)
    standard = models.CharField(max_length=100, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "scope", "code"], name="choice_once"
            )
        ]

    def __str__(self) -> str:
        return self.label or self.code


class Operator(models.Model):
    """An operator of a marketplace system whose host our secrets may be sent to.

    The list is an allow-list: only an admin edits it. ``code`` is the ``region`` of
    the accounts there. One that is not active gets no calls.
    """

    marketplace = models.CharField(max_length=30, choices=connector_choices)
    code = models.CharField(
        max_length=20,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9-]*\Z",
                "Small letters, figures and hyphens only, for example 'home-depot'.",
            )
        ],
    )
    label = models.CharField(max_length=100)
    host = models.CharField(max_length=200, validators=[check_host])
    active = models.BooleanField(default=True)
    created_at = BusinessTimeField(auto_now_add=True)
    updated_at = BusinessTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "code"], name="operator_once"
            ),
            models.CheckConstraint(
                condition=models.Q(host__startswith="https://"),
                name="operator_host_https",
            ),
        ]
        permissions = [("manage_operators", "Can edit the list of operators' hosts")]

    def __str__(self) -> str:
        return self.label
