"""What people did with cases before, as counts."""

from __future__ import annotations

from django.db import models


class WayTally(models.Model):
    """How often a way out of a kind of case was offered, and taken, by people.

    ``sort`` narrows the kind to one sort of cause ('code=bad_carrier'), '' is the whole
    kind. Only counts: what suggestions are ranked by.
    """

    kind = models.CharField(max_length=40)
    sort = models.CharField(max_length=120, blank=True)
    way = models.CharField(max_length=40)
    offered = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    last_by_name = models.CharField(max_length=150, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "sort", "way"], name="way_tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.way}: {self.taken} of {self.offered}"
