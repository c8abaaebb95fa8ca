"""Numbers in the text format of Prometheus (exposition format 0.0.4, prometheus.io)."""

from collections.abc import Iterable

from waystation.kernel.measures import Measure

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


def text(subject: str, found: Iterable[Measure]) -> str:
    """Numbers of a subject as Prometheus reads them; those of one name follow each other."""
    lines, last = [], ""
    for each in found:
        name = f"waystation_{subject}_{each.name}"
        if name != last:
            lines += [f"# HELP {name} {each.words}", f"# TYPE {name} gauge"]
            last = name
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in each.labels.items())
        lines.append(
            f"{name}{{{labels}}} {each.value:.10g}" if labels else f"{name} {each.value:g}"
        )
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
