"""A real node with a grid port and a space, for those who administer it."""

from collections.abc import Iterator

import pytest

from admin.office import Office, opened


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with opened(tmp_path_factory.mktemp("office")) as made:
        yield made
