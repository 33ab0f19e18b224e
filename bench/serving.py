"""Servers to measure: Headway as a process of its own, and nginx with `git http-backend`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADWAY = (sys.executable, "-m", "headway")

_NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes auto; user root;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_max_body_size 0; client_body_temp_path {folder}/body; fastcgi_temp_path {folder}/fastcgi;
  proxy_temp_path {folder}/proxy; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      fastcgi_pass unix:{folder}/fcgi.sock;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_HTTP_EXPORT_ALL ""; fastcgi_param GIT_PROJECT_ROOT {repositories};
      fastcgi_param PATH_INFO $uri; fastcgi_param QUERY_STRING $query_string; fastcgi_param REMOTE_USER bench;
      fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length; fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_request_buffering off; fastcgi_buffering off; fastcgi_read_timeout 1h;
    }}
  }}
}}
"""


class Running(NamedTuple):
    """A server that runs: where, its process, and how long its first page took (seconds)."""

    address: str
    pid: int
    first_page: float
    token: str = ""
    data: Path = Path()

    def remote(self, name: str) -> str:
        """Return where git finds a repository."""
        host = self.address.removeprefix("http://")
        return f"http://anna:{self.token}@{host}/anna/{name}" if self.token else f"{self.address}/{name}.git"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def headway(folder: Path, *options: str) -> Iterator[Running]:
    """Run `headway up` on an empty folder, with one person who has a token."""
    data, port = folder / "data", free_port()
    log = (folder / "headway.log").open("w")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    command = [*HEADWAY, "up", "--data", str(data), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        first = _until_page(port, start, process)
        place = ["--data", str(data), *options]
        admin = [*HEADWAY, "admin"]
        # On a folder that was used before she is there already.
        subprocess.run([*admin, "create-person", "anna", "--administrator", *place], check=False, capture_output=True)
        made = subprocess.run([*admin, "create-token", "anna", *place], check=True, capture_output=True, text=True)
        yield Running(f"http://127.0.0.1:{port}", process.pid, first, made.stdout.strip(), data)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _until_page(port: int, start: float, process: subprocess.Popen[bytes]) -> float:
    while time.perf_counter() - start < 30:
        assert process.poll() is None, "headway up ended"
        try:
            with socket.create_connection(("127.0.0.1", port), 0.5) as connection:
                connection.sendall(b"GET /-/sign-in HTTP/1.0\r\nAccept: text/html\r\n\r\n")
                if re.match(rb"HTTP/1.[01] 200", connection.recv(64)):
                    return time.perf_counter() - start
        except OSError:
            pass
        time.sleep(0.01)
    raise AssertionError("no page within 30 s")


@contextmanager
def http_backend(folder: Path) -> Iterator[Running]:
    """Run nginx with `git http-backend` on a folder of repositories."""
    for program in ("nginx", "fcgiwrap"):
        assert shutil.which(program) or Path(f"/usr/sbin/{program}").exists(), f"{program} is not installed"
    repositories, port = folder / "peers", free_port()
    repositories.mkdir(parents=True)
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port, repositories=repositories))
    wrapper = subprocess.Popen(
        ["/usr/sbin/fcgiwrap", "-c", "4", "-s", f"unix:{folder}/fcgi.sock"], start_new_session=True
    )
    server = subprocess.Popen(["/usr/sbin/nginx", "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        while not (folder / "nginx.pid").exists() or not (folder / "fcgi.sock").exists():
            time.sleep(0.02)
        time.sleep(0.1)
        yield Running(f"http://127.0.0.1:{port}", server.pid, 0.0, "", repositories)
    finally:
        server.terminate()
        server.wait(10)
        os.killpg(wrapper.pid, signal.SIGTERM)  # with the workers that it forked
        wrapper.wait(10)


def rss(pid: int) -> float:
    """Return the MiB of memory of a process's own, without its children's."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024
