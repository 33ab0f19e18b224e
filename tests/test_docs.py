"""What users can call, set or read is in the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.cli.check import parser as check_parser
from headway.cli.main import COMMANDS
from headway.cli.run import parser as run_parser
from headway.integration.local.events import _TYPES
from headway.integration.native import native_actions
from headway.kernel.ledger.links import LINK_KINDS
from headway.kernel.ledger.types import CDEVENTS, HEADWAY
from headway.kernel.settings import Limits, Mail, OpenIdProvider, Settings, Ssh

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tests.serving import Served

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("parser", "page"), [(run_parser, "running.md"), (check_parser, "checking.md")])
def test_every_option_is_documented(parser: object, page: str) -> None:
    options = [option for action in parser()._actions for option in action.option_strings if option.startswith("--")]  # type: ignore[operator]
    assert [option for option in options if option != "--help" and f"`{option}" not in text(page)] == []


def test_every_command_is_documented() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
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


def settings_names() -> list[str]:
    sections: dict[str, type[BaseModel]] = {"limits": Limits, "mail": Mail, "ssh": Ssh, "openid": OpenIdProvider}
    names = [name for name in Settings.model_fields if name not in sections]
    return names + [f"{section}.{name}" for section, model in sections.items() for name in model.model_fields]


def test_every_setting_is_documented_as_it_is_described() -> None:
    page = text("settings.md")
    assert [name for name in settings_names() if f"| `{name}` |" not in page] == []
    described = [
        field.description or ""
        for model in (Settings, Limits, Mail, Ssh, OpenIdProvider)
        for field in model.model_fields.values()
    ]
    sections = {"what nobody may exceed", "how e-mail is sent", "Git over SSH", "servers that people can sign in with"}
    assert [each for each in described if each not in sections and f"| {each} |" not in page] == []


def test_every_type_of_event_and_kind_of_link_is_documented() -> None:
    page = text("ledger.md")
    events = {name: each.meaning for name, each in CDEVENTS.items()} | HEADWAY
    assert [name for name, meaning in events.items() if f"| `{name}` | {meaning} |" not in page] == []
    assert [kind for kind, each in LINK_KINDS.items() if f"| `{kind}` | {each.meaning} |" not in page] == []


def test_every_route_of_the_api_says_what_it_does(served: Served) -> None:
    with served.client() as client:
        document = client.get("/api/v1/openapi.json").json()
    operations = {
        f"{method} {path}": each for path, methods in document["paths"].items() for method, each in methods.items()
    }
    assert len(operations) >= 40
    assert [name for name, each in operations.items() if not each.get("description")] == []


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
