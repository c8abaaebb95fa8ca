"""Bodies of jobs."""

from typing import Annotated

from ninja import Field

from waystation.domains.jobs.door import Input, Resources, Wish
from waystation.interfaces.api.forms import Strict

Name = Annotated[str, Field(max_length=100)]
Path = Annotated[str, Field(min_length=1, max_length=4_096)]
Word = Annotated[str, Field(max_length=100_000)]
_COUNT = 2**31 - 1


class InputForm(Strict):
    """A file of a space, or of a store of the archive; of neither when `path` is a URL.

    A path that ends with `/` is a folder: all files that are in it when the job begins.
    """

    space: Name = ""
    store: Name = ""
    path: Path
    name: str = Field("", max_length=4_096, description="Below the job's folder.")


class ResourcesForm(Strict):
    """What each job needs."""

    cpus: Annotated[int, Field(ge=1, le=_COUNT)] = 1
    memory: Annotated[
        int, Field(ge=0, le=2**62, description="Bytes; 0 is the cluster's usual.")
    ] = 0
    time_s: Annotated[
        int, Field(ge=0, le=_COUNT, description="Longest; 0 is the cluster's usual.")
    ] = 0
    gpus: Annotated[int, Field(ge=0, le=_COUNT)] = 0


class WishForm(Strict):
    """A command and how often it runs; words may have `{n}`, `{item}` and `{request}`."""

    command: list[Word] = Field(..., min_length=1, max_length=1_000)
    name: str = Field("", max_length=200)
    items: list[Word] = Field(default_factory=list, max_length=100_000)
    count: int = Field(1, ge=1, le=100_000)
    environment: dict[str, Word] = Field(default_factory=dict)
    inputs: list[InputForm] = Field(default_factory=list, max_length=10_000)
    outputs: list[Path] = Field(default_factory=list, max_length=1_000)
    space: Name = ""
    prefix: str = Field("jobs/{request}/{n}", max_length=4_096)
    resources: ResourcesForm = ResourcesForm()
    clusters: list[Name] = Field(default_factory=list, max_length=100)
    queue: Name = ""
    project: Name = ""
    priority: int = Field(5, ge=0, le=9)
    attempts: int = Field(3, ge=1, le=20)
    after: list[Annotated[int, Field(ge=1, le=2**62)]] = Field(
        default_factory=list, max_length=1_000
    )
    container: str = Field("", max_length=1_000, description="Image in which the command runs.")
    key: str = Field("", max_length=200, description="Your own name: asked twice, made once.")

    def wish(self) -> Wish:
        """In the words of jobs."""
        said = self.model_dump()
        lists = ("command", "items", "outputs", "clusters", "after")
        return Wish(
            **{
                **said,
                **{name: tuple(said[name]) for name in lists},
                "inputs": tuple(Input(**each) for each in said["inputs"]),
                "resources": Resources(**said["resources"]),
            }
        )


class NumbersForm(Strict):
    """Jobs of a request; none is all."""

    jobs: list[Annotated[int, Field(ge=1, le=_COUNT)]] = Field(
        default_factory=list, max_length=100_000
    )
