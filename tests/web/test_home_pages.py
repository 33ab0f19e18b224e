from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.web.browsing import visitor

if TYPE_CHECKING:
    from tests.serving import Served


def test_who_is_not_signed_in_is_led_to_signing_in_while_there_is_nothing_to_see(served: Served) -> None:
    assert visitor(served).see("/").headers["location"] == "/-/sign-in"
    owner = served.person("acme")
    served.project(owner, "open", visibility="public")
    served.project(owner, "closed")
    page = visitor(served).see("/")
    assert page.status_code == 200
    assert "/acme/open" in page.text
    assert "closed" not in page.text
    assert "New project" not in page.text


def test_the_first_page_of_somebody_new_says_what_to_do(served: Served) -> None:
    page = visitor(served, "anna").see("/").text
    assert "No projects yet" in page
    assert "/anna/my-project main" in page
    assert 'href="/-/projects/new"' in page


def test_a_list_of_many_projects_comes_in_pages_and_each_is_on_one_of_them(served: Served) -> None:
    owner = served.person("acme")
    names = {f"project-{number:02}" for number in range(60)}
    for name in sorted(names):
        served.project(owner, name, visibility="internal")
    anna, found, path = visitor(served, "anna"), [], "/"
    while path:
        page = anna.see(path).text
        found += re.findall(r'href="/acme/(project-\d\d)"', page)
        more = re.search(r'class="more"><a href="([^"]+)"', page)
        path = f"/{more[1].replace('&amp;', '&')}" if more else ""
    assert len(found) == 60
    assert set(found) == names


def test_a_filter_finds_parts_of_names_and_owners_and_says_when_there_is_none(served: Served) -> None:
    acme, other = served.person("acme"), served.person("other")
    served.project(acme, "Shop", visibility="internal")
    served.project(other, "all_done", visibility="internal")
    served.project(other, "allxdone", visibility="internal")
    anna = visitor(served, "anna")
    assert ["/acme/Shop" in anna.see("/", filter=text).text for text in ("sho", "ACME", "acme/sh", "done")] == [
        True,
        True,
        True,
        False,
    ]
    underscore = anna.see("/", filter="l_d").text
    assert ("all_done" in underscore, "allxdone" in underscore) == (True, False)
    assert "/acme/Shop" not in anna.see("/", filter="%").text
    nothing = anna.see("/", filter='<b>"x"').text
    assert "No project matches" in nothing
    assert "<b>" not in nothing
    assert anna.see("/", after="nonsense").status_code == 422
