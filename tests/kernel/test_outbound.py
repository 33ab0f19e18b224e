from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headway.kernel.outbound import UnsafeTargetError, checked_target, is_public

PRIVATE = (
    "127.0.0.1 127.255.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 255.255.255.255 "
    "::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 2002:7f00:1:: 64:ff9b::7f00:1 nonsense"
).split()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_local_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
@example(ipaddress.ip_address("2001:0:808:808::f7f7:f7f7"))
@example(ipaddress.ip_address("::ffff:8.8.8.8"))
@example(ipaddress.ip_address("2002:808:808::"))
@example(ipaddress.ip_address("64:ff9b::808:808"))
def test_what_is_public_is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    within = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    assert not is_public(str(address)) or (within or address).is_global


def test_a_name_is_refused_when_any_of_its_addresses_is_private() -> None:
    with pytest.raises(UnsafeTargetError, match=r"leads to 10\.0\.0\.1"):
        checked_target("https://both.example", private=False, lookup=lambda *_: ["93.184.216.34", "10.0.0.1"])
    found = checked_target("https://both.example", private=True, lookup=lambda *_: ["10.0.0.1"])
    assert found.address == "10.0.0.1"


def test_the_connection_is_made_to_the_address_that_was_checked() -> None:
    found = checked_target(
        "https://user:secret@forge.example:8443/a/b?c#d", private=False, lookup=lambda *_: ["2606:2800:220:1::1"]
    )
    assert found.pinned == "forge.example:8443:[2606:2800:220:1::1]"
    assert found.url == "https://forge.example:8443/a/b?c"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com",
        "file:///etc/passwd",
        "ssh://git@example.com/x",
        "ext::sh -c touch%20x",
        "https://",
        "https:///path",
        "https://exa mple.com",
        "https://example.com\n.evil.example",
        "https://example.com:0",
        "https://example.com:99999",
        "https://" + "x" * 3000,
        "-oProxyCommand=x",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UnsafeTargetError):
        checked_target(url, private=True, lookup=lambda *_: ["93.184.216.34"])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/"]
)
def test_this_machine_is_refused_however_it_is_written(url: str) -> None:
    with pytest.raises(UnsafeTargetError):
        checked_target(url, private=False)
