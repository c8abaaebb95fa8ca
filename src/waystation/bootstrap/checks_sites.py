"""What settings of replication may be and should not."""

from collections.abc import Iterator

from waystation.domains.staging.entities import Finding
from waystation.settings import Settings


def warnings(settings: Settings) -> Iterator[str]:
    """Sentences about settings that are allowed, and go wrong one day."""
    said = settings.sites
    if said.out_days >= said.in_days:
        yield (
            f"sites.out_days ({said.out_days:g}) is not shorter than sites.in_days"
            f" ({said.in_days:g}): with the same settings at both sites a receiver gives up what"
            " its sender still sends."
        )
    if said.again_s > said.verify_days * 86_400:
        yield "sites.again_s is longer than sites.verify_days: lost copies are noticed before."


def findings(settings: Settings) -> Iterator[Finding]:
    """The same for `waystation doctor`."""
    for words in warnings(settings):
        mend = "Make sites.out_days shorter, or sites.in_days longer, here and at partners."
        yield Finding(ok=False, subject="sites", words=words, mend=mend)
