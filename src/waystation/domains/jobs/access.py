"""Who may run jobs, on which clusters, and on which when nothing is said. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from waystation.domains.accounts.door import Grant


@dataclass(frozen=True, slots=True)
class Access:
    """How jobs of an account are submitted. An account is `NAME` here, a group `@NAME`.

    Attributes:
        groups: names of groups whose accounts may run jobs; administrators always may.
        only: of a cluster, whose jobs it takes; it takes everybody's when it is not named here.
        usual: of an account or a group, the clusters of a wish that names none.
    """

    groups: frozenset[str] = frozenset()
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    usual: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def runs(self, who: Grant) -> bool:
        """Whether the account may run jobs."""
        return who.admin or bool(self.groups & who.groups)

    def uses(self, who: Grant, cluster: str) -> bool:
        """Whether a cluster takes its jobs."""
        takes = self.only.get(cluster)
        return who.admin or not takes or bool(takes & _names(who))

    def chosen(self, who: Grant, wished: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
        """The clusters of a wish; none is whichever there is.

        Args:
            who: whose wish it is.
            wished: the clusters that it names.
            there: all clusters; those that are not for the account are left out here.
        """
        mine = [name for name in there if self.uses(who, name)]
        if wished:
            return tuple(wished)
        own = self.usual.get(who.name)
        said = own or next((to for name, to in self.usual.items() if name in _names(who)), ())
        usual = tuple(name for name in said if name in mine)
        return usual or (() if len(mine) == len(there) else tuple(mine))


def _names(who: Grant) -> frozenset[str]:
    return frozenset({who.name, *(f"@{group}" for group in who.groups)})
