from __future__ import annotations

import pytest

from headway.integration.results.local import cache_scopes, direct, repository_folder


@pytest.mark.parametrize(
    ("ref", "base", "default", "scopes"),
    [
        ("refs/heads/main", "", "main", ("refs/heads/main",)),
        ("refs/heads/dev", "", "main", ("refs/heads/dev", "refs/heads/main")),
        ("refs/pull/1/merge", "dev", "main", ("refs/pull/1/merge", "refs/heads/dev", "refs/heads/main")),
        ("refs/pull/1/merge", "main", "main", ("refs/pull/1/merge", "refs/heads/main")),
        ("refs/tags/v1", "", "main", ("refs/tags/v1", "refs/heads/main")),
    ],
)
def test_a_run_sees_the_caches_of_its_ref_its_base_and_the_default_branch(
    ref: str, base: str, default: str, scopes: tuple[str, ...]
) -> None:
    assert cache_scopes(ref, base, default) == scopes


def test_each_repository_has_a_folder_of_its_own_however_long_its_path_is() -> None:
    roots = ["/a/b", "/a/c", "/" + "x" * 300 + "/b", "/" + "y" * 300 + "/b", "/ü" * 100]
    names = [repository_folder(root) for root in roots]
    assert len(set(names)) == len(roots)
    assert all("/" not in name and len(name.encode()) <= 255 for name in names)


def test_no_proxy_is_asked_for_the_loopback() -> None:
    assert direct({}) == {}
    assert direct({"HTTP_PROXY": "http://proxy"})["no_proxy"] == "127.0.0.1,localhost"
    assert direct({"http_proxy": "http://proxy", "NO_PROXY": "own"})["NO_PROXY"] == "own,127.0.0.1,localhost"
