from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.planning.patterns import PatternError, all_paths_ignored, any_path_selected, compiled, matches


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("feature/*", ["feature/a", "feature/my-branch"], ["feature/a/b", "features", "feature"]),
        ("feature/**", ["feature/a", "feature/a/b"], ["features/a"]),
        ("main", ["main"], ["mains", "a/main"]),
        ("*", ["main", "releases"], ["all/the/branches"]),
        ("**", ["all/the/branches", "every"], []),
        ("*feature", ["mona-feature", "feature"], ["ver-10-feature/x"]),
        ("v2*", ["v2", "v2.0", "v2.9"], ["v1"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1..1"]),
        ("*.jsx?", ["page.js", "page.jsx"], ["page.jsxx", "a/page.js"]),
        ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.jsx"]),
        ("docs/**", ["docs/README.md", "docs/a/b"], ["docs", "a/docs/b"]),
        ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["docs"]),
        ("**/README.md", ["README.md", "js/README.md"], ["README.mdx"]),
        ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["src"]),
        ("**/migrate-*.sql", ["migrate-10909.sql", "db/sept/migrate-v1.sql"], ["migrate.sql"]),
        ("a\\*b", ["a*b"], ["axb"]),
        ("a.b", ["a.b"], ["axb"]),
        ("[a-c]", ["b"], ["d", "[a-c]"]),
        ("colou?r", ["color", "colour"], ["colouur"]),
    ],
)
def test_patterns_select_what_github_documents(pattern: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not matches([pattern], text)] == []
    assert [text for text in no if matches([pattern], text)] == []


def test_the_last_pattern_that_matches_decides() -> None:
    patterns = ["releases/**", "!releases/**-alpha", "releases/special-alpha"]
    assert matches(patterns, "releases/10")
    assert not matches(patterns, "releases/10-alpha")
    assert matches(patterns, "releases/special-alpha")
    assert not matches(["!main"], "dev")


def test_one_selected_path_is_enough_and_all_must_be_ignored() -> None:
    assert any_path_selected(["src/**"], ["README.md", "src/a"])
    assert not any_path_selected(["src/**", "!src/**.md"], ["src/a.md"])
    assert all_paths_ignored(["**.md"], ["a.md", "docs/b.md"])
    assert not all_paths_ignored(["**.md"], ["a.md", "src/b"])
    assert not all_paths_ignored(["**"], [])


@pytest.mark.parametrize("pattern", ["", "[a", "?", "+x", "a++", "[z-a]", "x" * 1001])
def test_patterns_that_match_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)


@given(st.text(alphabet="ab*?+[]!-/\\.", max_size=12), st.text(alphabet="ab/.", max_size=12))
def test_any_pattern_is_compared_or_refused(pattern: str, text: str) -> None:
    with contextlib.suppress(PatternError):
        compiled(pattern).fullmatch(text)
