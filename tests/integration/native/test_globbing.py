"""Finding files as ``@actions/glob`` does: every case is asked of that package too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from headway.integration.native.globbing import Search
from headway.integration.results.trees import Target, remove
from headway.kernel.errors import HeadwayError
from tests.javascript.oracle import oracle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.javascript.oracle import Oracle

FILES = [
    "a.txt",
    "b.log",
    "src/main.c",
    "src/main.h",
    "src/deep/x.c",
    "src/deep/er/y.c",
    "src/.hidden/z.c",
    ".config/settings",
    "build/out[1].bin",
    "build/star*.bin",
    "build/que?.bin",
    "build/back\\slash",
    "empty.d/.keep",
    "sp ace/f ile",
    "ünï/cödé",
]


class Place:
    """A tree of files, and the package that looks at it."""

    def __init__(self, root: Path, github: Oracle) -> None:
        self.root = str(root)
        self._github = github

    def theirs(self, text: str, *, descendants: bool, hidden: bool) -> tuple[list[str], list[str]] | None:
        """Return what GitHub's package finds, and its search paths; None when it refuses."""
        options: dict[str, Any] = {"implicitDescendants": descendants, "excludeHiddenFiles": not hidden}
        answer = self._github.ask(["glob", "find", text, options])
        if "error" in answer:
            # Theirs fails on a path through a file; for us nothing is there.
            return ([], []) if "ENOTDIR" in answer["message"] else None
        return sorted(answer["value"]["paths"]), answer["value"]["searchPaths"]

    def ours(self, text: str, *, descendants: bool, hidden: bool) -> tuple[list[str], list[str]] | None:
        """Return what we find."""
        try:
            search = Search(text, self.root, f"{self.root}/src", descendants=descendants, hidden=hidden)
        except HeadwayError:
            return None
        return sorted(search.paths()), search.search_paths


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a tree with all that makes a difference."""
    root = tmp_path_factory.mktemp("glob")
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "link-to-file").symlink_to("a.txt")
    (root / "link-to-folder").symlink_to("src/deep")
    (root / "src/deep/loop").symlink_to("..")
    (root / "broken").symlink_to("nowhere")
    with oracle("results.mjs", env={"PATH": os.environ["PATH"], "HOME": f"{root}/src"}, cwd=root) as github:
        yield Place(root, github)


PATTERNS = [
    "a.txt",
    "src",
    "src/",
    ".",
    "./",
    "./src",
    "*",
    "**",
    "*/",
    "**/",
    "**/*",
    "**/*.c",
    "src/**",
    "src/**/*.c",
    "src/**/deep/*",
    "*.txt\n*.log",
    "src\n!src/deep",
    "src\n!**/*.h",
    "!src\nsrc",
    "**\n!src/**\nsrc/main.c",
    "!!a.txt",
    "!a.txt",
    "# a comment\na.txt",
    "\n\n  a.txt  \n",
    "~",
    "~/main.c",
    "~/*.h",
    "~nobody",
    "no/such/path",
    "no/such/*",
    "build/out[[]1].bin",
    "build/out\\[1].bin",
    "build/out[1].bin",
    "build/star\\*.bin",
    "build/que[?].bin",
    "build/back\\\\slash",
    ".config",
    ".config/settings",
    ".*",
    "*/.*",
    "src/.hidden",
    "src/.hidden/z.c",
    "empty.d",
    "link-to-file",
    "link-to-folder",
    "link-to-folder/*",
    "broken",
    "src/deep/loop/main.c",
    "sp ace/*",
    "sp?ace/f*",
    "ünï",
    "?.txt",
    "[ab].*",
    "[!a]*.log",
    "src//main.c",
    "src/./main.c",
    "src/../a.txt",
    "../x",
    "src/main.c\nsrc",
    "src/main.c\nsrc/deep/x.c",
    "a.txt\nsrc/main.c",
    "***/x.c",
    "**a/*",
    "src/**/**/y.c",
    "/**/nothing-like-this",
    "{a,b}.*",
    "+(a).txt",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("descendants", [True, False])
@pytest.mark.parametrize("hidden", [True, False])
def test_patterns_find_what_they_find_for_githubs_actions(
    place: Place, pattern: str, descendants: bool, hidden: bool
) -> None:
    if pattern.startswith("/**"):
        pattern = place.root + pattern
    ours = place.ours(pattern, descendants=descendants, hidden=hidden)
    assert ours == place.theirs(pattern, descendants=descendants, hidden=hidden)


parts = st.sampled_from(
    ["src", "deep", "er", "*", "**", "*.c", "?*", "main.[ch]", ".hidden", ".*", "a.txt", "[!s]*", "", ".", "link*"]
)
lines = st.builds(
    lambda sign, names, end: sign + "/".join(names) + end,
    st.sampled_from(["", "", "!", "./", "~/"]),
    st.lists(parts, min_size=1, max_size=4),
    st.sampled_from(["", "", "/"]),
)


@settings(max_examples=150)
@given(st.lists(lines, min_size=1, max_size=4).map("\n".join), st.booleans(), st.booleans())
@example("**\n!*/**\nsrc/*/x.c", True, False)
def test_any_lines_of_patterns_find_what_they_find_for_githubs_actions(
    place: Place, text: str, descendants: bool, hidden: bool
) -> None:
    # The whole machine is not ours to search.
    assume(not any(line.lstrip("!").startswith("/") for line in text.split("\n")))
    theirs = place.theirs(text, descendants=descendants, hidden=hidden)
    assume(theirs != ([], []))
    assert place.ours(text, descendants=descendants, hidden=hidden) == theirs


def test_no_tree_is_too_deep(tmp_path: Path) -> None:
    deep = Target(str(tmp_path)).folder("/".join(["d"] * 1500))
    with open(f"{deep}/file", "w") as file:
        file.write("")
    found = list(Search("**/file", str(tmp_path), "/", descendants=True, hidden=True).paths())
    assert [path.count("/d") for path in found] == [f"{deep}/file".count("/d")]
    remove(str(tmp_path / "d"))


def test_a_relative_step_is_refused_in_githubs_words(place: Place) -> None:
    with pytest.raises(HeadwayError, match=r"Relative pathing '\.' and '\.\.' is not allowed"):
        Search("../x", place.root, place.root, descendants=True, hidden=True)


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(HeadwayError, match="cannot be read"):
        list(Search("loop/x", str(tmp_path), "/", descendants=True, hidden=True).paths())
