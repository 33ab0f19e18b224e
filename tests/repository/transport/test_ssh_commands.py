from __future__ import annotations

import pytest

from headway.kernel.errors import NotFoundError
from headway.repository.transport.ssh_commands import Command, UnknownCommandError, parse_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("git-upload-pack 'anna/shop.git'", ("git-upload-pack", "anna", "shop", False)),
        ("git-upload-pack '/anna/shop.git'", ("git-upload-pack", "anna", "shop", False)),
        ("git upload-pack anna/shop", ("git-upload-pack", "anna", "shop", False)),
        ("git-receive-pack 'anna/shop.git/'", ("git-receive-pack", "anna", "shop", True)),
        ("git receive-pack '~anna/shop'", ("git-receive-pack", "anna", "shop", True)),
        ("git-lfs-authenticate anna/shop.git download", ("git-lfs-authenticate", "anna", "shop", False)),
        ("git-lfs-authenticate anna/shop.git upload oid", ("git-lfs-authenticate", "anna", "shop", True)),
    ],
)
def test_commands_of_git_are_known(line: str, command: tuple[str, str, str, bool]) -> None:
    assert parse_command(line) == Command(*command)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "sh",
        "ls; git-upload-pack anna/shop",
        "git-upload-pack",
        "git-upload-pack anna/shop extra",
        "git-upload-pack --upload-pack=touch anna/shop",
        "git-upload-pack 'unended",
        "git config --list",
        "git",
        "git-lfs-authenticate anna/shop",
        "git-lfs-authenticate anna/shop delete",
        "git-lfs-transfer anna/shop upload",
        "git-upload-archive anna/shop",
        "/bin/sh -c x",
        "git-upload-pack " + "a" * 2000,
        "\x1b]0;title\x07",
    ],
)
def test_everything_else_is_refused_in_words(line: str) -> None:
    with pytest.raises(UnknownCommandError) as caught:
        parse_command(line)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "path",
    [
        "../shop",
        "anna/..",
        "anna/../../etc",
        "anna",
        "anna/shop/more",
        "$(touch x)/shop",
        "anna/`id`",
        "anna/shop;id",
        "anna/shop|id",
        "anna/--upload-pack=id x",
        "anna/\nshop",
        "anna/./",
        "ünna/shop",
    ],
)
def test_an_address_that_cannot_be_one_is_not_found(path: str) -> None:
    with pytest.raises(NotFoundError):
        parse_command(f"git-upload-pack '{path}'")
