import threading
import unittest
from urllib.error import HTTPError
from urllib.request import urlopen

from greetings.server import make_server


class ServerTest(unittest.TestCase):
    def setUp(self) -> None:
        self.server = make_server()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def tearDown(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def test_a_greeting_is_served(self) -> None:
        with urlopen(f"{self.address}/fr/Ada", timeout=5) as answer:
            self.assertEqual(answer.read().decode(), "Bonjour, Ada!\n")

    def test_an_unknown_language_is_not_found(self) -> None:
        with self.assertRaises(HTTPError) as raised:
            urlopen(f"{self.address}/tlh/Ada", timeout=5)
        self.assertEqual(raised.exception.code, 404)
        raised.exception.close()
