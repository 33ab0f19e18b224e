"""GET /LANGUAGE/NAME answers with a greeting."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from greetings import greet


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        language, _, name = unquote(self.path).strip("/").partition("/")
        try:
            status, text = 200, greet(name, language or "en")
        except ValueError as error:
            status, text = 404, str(error)
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def make_server(port: int = 0) -> ThreadingHTTPServer:
    """Return a server on a free port of the loopback interface, or on the given one."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
