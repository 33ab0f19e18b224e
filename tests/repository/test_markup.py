from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.repository.markup import Place, markdown

PLACE = Place("/acme/shop/blob/main", "/acme/shop/raw/main", "docs")


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<iframe src=//evil.example></iframe>",
        "<form action=//evil.example><input name=password></form>",
        "<style>body{display:none}</style><p style='position:fixed'>x</p>",
        "<svg/onload=alert(1)>",
        "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
        "<base href=//evil.example>",
        "<meta http-equiv=refresh content='0;url=//evil.example'>",
        "<details open ontoggle=alert(1)>x</details>",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "<p id=main class=top>x</p>",
        "![x](https://tracker.example/pixel.gif)",
    ],
)
def test_nothing_that_runs_loads_or_misleads_is_left(attack: str) -> None:
    html = markdown(attack, PLACE)
    assert not re.search(r"<(script|iframe|form|input|style|svg|math|base|meta|object|embed)", html, re.IGNORECASE)
    assert not re.search(r"<[^>]*\s(on\w+|style|id)\s*=", html, re.IGNORECASE)
    assert not re.search(r"<[^>]*(href|src)\s*=\s*[\"']?\s*(javascript|data):", html, re.IGNORECASE)
    assert "tracker.example" not in html


@given(st.text(alphabet="<>/&;:()[]!`*_#\"'= abcdonerrscriptj\n"))
def test_no_text_gives_a_tag_that_is_not_allowed(text: str) -> None:
    assert not re.search(r"<(script|iframe|style|form|svg)", markdown(text, PLACE), re.IGNORECASE)


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("[a](guide.md)", 'href="/acme/shop/blob/main/docs/guide.md"'),
        ("[a](../README.md#top)", 'href="/acme/shop/blob/main/README.md#top"'),
        ("[a](/LICENSE)", 'href="/acme/shop/blob/main/LICENSE"'),
        ("[a](../../../../etc/passwd)", 'href="/acme/shop/blob/main/etc/passwd"'),
        ("[a](#part)", 'href="#part"'),
        ("[a](https://example.com/x)", 'href="https://example.com/x"'),
        ("![a](logo.png)", 'src="/acme/shop/raw/main/docs/logo.png"'),
    ],
)
def test_relative_links_lead_to_files_of_the_project(source: str, html: str) -> None:
    assert html in markdown(source, PLACE)


def test_tables_and_task_lists_are_there() -> None:
    html = markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\n~~gone~~")
    assert "<table>" in html
    assert "<s>" in html or "<del>" in html
