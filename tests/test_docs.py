"""What users can call, set or read is in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headway.cli.check import parser as check_parser
from headway.cli.main import COMMANDS
from headway.cli.run import parser as run_parser
from headway.integration.local.events import _TYPES
from headway.integration.native import native_actions

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("parser", "page"), [(run_parser, "running.md"), (check_parser, "checking.md")])
def test_every_option_is_documented(parser: object, page: str) -> None:
    options = [option for action in parser()._actions for option in action.option_strings if option.startswith("--")]  # type: ignore[operator]
    assert [option for option in options if option != "--help" and f"`{option}" not in text(page)] == []


def test_every_command_is_documented() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    assert [name for name in COMMANDS if f"headway {name}" not in pages] == []


def test_every_event_is_documented() -> None:
    assert [name for name in _TYPES.values() if f"| `{name}` |" not in text("events.md")] == []


def test_every_rule_is_documented() -> None:
    pure = [
        path for name in ("kernel", "workflows", "checks") for path in (ROOT / "src/headway").rglob(f"{name}*/**/*.py")
    ]
    source = "".join(path.read_text(encoding="utf-8") for path in pure)
    rules = set(re.findall(r'rule="([a-z-]+)"', source)) | set(
        re.findall(r'"(?:warning|error)",\s+"([a-z-]+)"', source)
    )
    documented = set(re.findall(r"`([a-z-]+)`", text("checking.md")))
    assert rules >= {"trigger", "script-injection", "yaml"}
    assert rules - documented - {"error", "warning", "notice"} == set()


def test_every_native_action_is_documented() -> None:
    assert [name for name in native_actions() if f"`{name}`" not in text("compatibility.md")] == []


def test_every_link_leads_somewhere() -> None:
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_sources_speak_of_nothing_but_the_project() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|for now|stub)\b")
    for path in [*(ROOT / "src").rglob("*.py"), *DOCS.rglob("*.md")]:
        assert words.findall(path.read_text(encoding="utf-8")) == [], path.name
