"""The API, asked by schemathesis with whatever its own document allows, and with what it does not: nothing is a 500."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.serving import git as run_git
from tests.serving import must, serving, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Person, Served

Operation: TypeAlias = schemathesis.APIOperation[Any, Any, Any, Any]

# What these do would take the ground from under the other operations.
_LEFT_OUT = ("/api/v1/user/tokens/{token_id}",)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: object) -> Iterator[tuple[Served, Person]]:
    folder = tmp_path_factory.mktemp("openapi")
    with serving(folder / "server", sqlite_template) as served:  # type: ignore[arg-type]
        anna = served.person(admin=True)
        served.project(anna)
        source = working_copy(folder / "source", commits=2)
        must(run_git("push", served.address(anna, "anna/shop"), "main", at=source))
        yield served, anna


@pytest.fixture(scope="module")
def schema(house: tuple[Served, Person]) -> schemathesis.BaseSchema:
    served, _ = house
    return schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json")


def operations(schema: schemathesis.BaseSchema) -> list[Operation]:
    found: list[Operation] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return [each for each in found if each.path not in _LEFT_OUT and not each.path.endswith("/suspended")]


def ask_all(served: Served, token: str, operation: Operation, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    gone = operation.method.upper() == "DELETE" and operation.path.endswith("/{name}")

    @settings(
        max_examples=5,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def ask(case: schemathesis.Case[Any], real: bool) -> None:
        if real and not gone:
            # A project that is there, so that more than its absence is tried.
            known = {"owner": "anna", "name": "shop", "sha": "main"}
            case.path_parameters |= {name: value for name, value in known.items() if name in case.path_parameters}
        answer = case.call(base_url=served.url, headers=headers, timeout=30)
        assert answer.status_code < 500 or answer.status_code in (503, 504), f"{case.as_curl_command()}: {answer.text}"

    ask()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_nothing_that_can_be_asked_is_a_server_error(
    house: tuple[Served, Person], schema: schemathesis.BaseSchema, mode: GenerationMode
) -> None:
    served, anna = house
    every = operations(schema)
    assert len(every) > 60
    failed = []
    for operation in every:
        try:
            ask_all(served, anna.token, operation, mode)
        except (AssertionError, httpx.HTTPError, requests.RequestException) as error:
            failed.append(f"{operation.label}: {error}"[:600])
        except Unsatisfiable:
            continue  # an operation without parameters cannot be asked wrongly
    assert failed == []


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"name": "' + b"x" * 11_000_000 + b'"}',
        b"\xff\xfe",
        b"",
        b"null",
        b'{"name": 1e999}',
        b'{"name": "\\ud800"}',
    ],
    ids=["deep", "large", "no text", "empty", "null", "infinite", "half a character"],
)
def test_odd_bodies_are_refused_in_words(house: tuple[Served, Person], body: bytes) -> None:
    served, anna = house
    with served.client(anna) as client:
        answer = client.post("/api/v1/projects", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/anna/%2e%2e/%2e%2e/etc/passwd",
        "/anna/shop/blob/main/%0a",
        "/anna/shop/tree/%ff%fe",
        "/-/static/x/%2e%2e/%2e%2e/server.py",
        "/anna/shop/raw/main/..%2f..%2fetc",
        "/" + "a/" * 2000,
    ],
)
def test_odd_addresses_lead_nowhere(house: tuple[Served, Person], path: str) -> None:
    served, anna = house
    with served.client(anna) as client:
        answer = client.get(path, headers={"Accept": "text/html"})
    assert 400 <= answer.status_code < 500


def test_a_request_that_is_too_large_is_refused_before_all_of_it_is_read(house: tuple[Served, Person]) -> None:
    served, anna = house
    body = b'{"name": "x", "description": "' + b"x" * (100 << 20) + b'"}'
    with served.client(anna) as client:
        answer = client.post("/api/v1/projects", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, "bytes that are allowed" in answer.text) == (413, True)
