"""A mail server and a web server on loopback that keep what they are given, and refuse when told to."""

from __future__ import annotations

import email
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Mails(socketserver.ThreadingTCPServer):
    """SMTP as RFC 5321 has it, as far as a client of ours speaks it."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.mails: list[Message] = []
        self.refuse = False


class _Smtp(socketserver.StreamRequestHandler):
    server: Mails

    def handle(self) -> None:
        self.say("220 loopback")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA" and not self.server.refuse:
                self.say("354 go on")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += self.rfile.readline()
                self.server.mails.append(email.message_from_bytes(data[:-5]))
                self.say("250 kept")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("451 not now" if word in (b"MAIL", b"DATA") and self.server.refuse else "250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class Posts(ThreadingHTTPServer):
    """HTTP that keeps each request's headers and JSON, and answers *status*."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Http)
        self.posts: list[tuple[dict[str, str], dict[str, Any], bytes]] = []
        self.status = 204


class _Http(BaseHTTPRequestHandler):
    server: Posts

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.status < 300:
            self.server.posts.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(body), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
