"""What is wrong with a collection apart from its points."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of a collection that no comparison of points shows."""

    unindexed: tuple[str, ...] = ()
    """Fields that readers filter by and the engine has no index for: searches are slow, or refused."""
    strangers: tuple[str, ...] = ()
    """Ids of points that another program wrote. No reader sees them, and nothing here deletes them."""
    building: bool = False
    """Whether the search graph is being built: until then it finds other passages."""
