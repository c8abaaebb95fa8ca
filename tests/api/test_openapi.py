"""The OpenAPI document says the truth: thousands of odd calls against a running node."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def operations(house):
    """Every operation of the document that the node serves."""
    headers = {"Authorization": f"Bearer {house.token}"}
    document = schemathesis.openapi.from_url(f"{house.url}/api/v1/openapi.json", headers=headers)
    return [found.ok() for found in document.get_all_operations()]


@pytest.fixture(scope="module")
def number(house):
    """A request that there is."""
    return house.stage(house.untouched(10), external_id="fuzzed")["id"]


def test_every_operation_answers_as_it_says(house, operations):
    assert len(operations) >= 18
    wrong = [words for each in operations for words in _wrong(house, each)]
    assert not wrong, "\n\n".join(wrong)


def test_operations_on_a_request_that_there_is(house, operations, number):
    below = [each for each in operations if "request_id" in each.path]
    assert len(below) >= 9
    wrong = [words for each in below for words in _wrong(house, each, request_id=number)]
    assert not wrong, "\n\n".join(wrong)


def _wrong(house, operation, **known: object) -> Iterator[str]:
    """What of an operation is not as it says, at most one thing."""

    @BOUNDED
    @given(case=operation.as_strategy())
    def call(case) -> None:
        case.path_parameters.update(known)
        headers = {"Authorization": f"Bearer {house.token}"}
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=30)

    try:
        call()
    except Exception as trouble:  # noqa: BLE001 - told together, one for each operation
        yield f"{operation.label}: {trouble}"


def test_every_operation_is_described(house):
    """A sentence each, an error shape each; nothing is answered that is not told."""
    with house.client() as http:
        found = http.get("/openapi.json").json()
    operations = [op for path in found["paths"].values() for op in path.values()]
    assert len(operations) >= 18
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        good = [code for code in operation["responses"] if code.startswith("2")]
        assert good, operation["operationId"]
        for code, response in operation["responses"].items():
            wanted = "application/json" if code in good else "application/problem+json"
            assert wanted in response["content"], (operation["operationId"], code)
