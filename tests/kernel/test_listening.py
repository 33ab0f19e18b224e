from __future__ import annotations

import contextlib
import socket

import pytest

from headway.kernel.errors import HeadwayError
from headway.kernel.listening import listen


def test_a_socket_listens_and_one_beside_it_says_what_to_do() -> None:
    with contextlib.closing(listen("127.0.0.1", 0, 8, "listen", "choose another")) as listening:
        address = listening.getsockname()
        socket.create_connection(address).close()
        with pytest.raises(
            HeadwayError, match=r"^cannot listen on 127\.0\.0\.1:\d+: another program listens there; cho"
        ):
            listen("127.0.0.1", address[1], 8, "listen", "choose another")


def test_an_address_of_another_machine_is_told_in_words() -> None:
    with pytest.raises(HeadwayError, match=r"^cannot listen for SSH on 192\.0\.2\.1:0: .+; turn it off$"):
        listen("192.0.2.1", 0, 8, "listen for SSH", "turn it off")
