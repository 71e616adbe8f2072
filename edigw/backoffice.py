"""The demo back office: a small HTTP service of its own that receives what edigw delivers.

It does what a real one must: verify the Standard Webhooks signature over the raw body,
treat ``webhook-id`` as the idempotency key, answer 2xx only for what it has. It keeps
documents in memory; it is for trying things out, not for production.

    POST /edi          a delivery
    GET  /documents    what has arrived, newest last, as JSON
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
from dataclasses import field
from typing import Any

import click
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from edigw.records import dataclass

MAX_BODY = 64 << 20  # the largest document edigw sends
KEPT = 10_000  # documents remembered; a demo must not grow without bound


@dataclass
class Shelf:
    """What has arrived, by webhook-id. *repeats* counts requests whose id was known."""

    documents: dict[str, dict[str, object]] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    repeats: int = 0


def application(secret: str, shelf: Shelf) -> web.Application:
    """The service. *secret* is the shared Standard Webhooks secret (``whsec_...``)."""
    webhook = Webhook(secret)

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            webhook.verify(body, {name.lower(): value for name, value in request.headers.items()})
        except WebhookVerificationError as trouble:
            return web.json_response({"error": f"signature: {trouble}"}, status=401)
        identity = request.headers["webhook-id"]
        digest = hashlib.sha256(body).hexdigest()
        if identity in shelf.documents:
            shelf.repeats += 1
            same = shelf.bodies[identity] == digest
            _say(f"repeat {identity}: {'same bytes, ignored' if same else 'OTHER BYTES, refused'}")
            return web.json_response({"repeat": True}, status=200 if same else 409)
        if len(shelf.documents) >= KEPT:
            return web.json_response({"error": "the demo back office is full; restart it"}, status=503)
        document = json.loads(body)
        shelf.documents[identity] = document
        shelf.bodies[identity] = digest
        lines = document.get("lines", [])
        partner = request.headers.get("edigw-partner")
        _say(f"{document.get('document')} {document.get('number')} from {partner}, {len(lines)} lines ({identity})")
        return web.json_response({"received": identity})

    async def documents(request: web.Request) -> web.Response:
        del request
        listed = [{"webhook_id": identity, "document": document} for identity, document in shelf.documents.items()]
        return web.json_response(listed, dumps=lambda value: json.dumps(value, indent=1, ensure_ascii=False) + "\n")

    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_post("/edi", receive)
    app.router.add_get("/documents", documents)
    return app


def _say(text: str) -> None:
    printable = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    print(f"back office: {printable}", file=sys.stderr, flush=True)


@click.command()
@click.option("--port", default=8089, show_default=True, help="port on 127.0.0.1; 0 takes a free one")
@click.option("--socket-fd", "inherited", metavar="FD", type=int, help="an inherited socket that listens already, instead of --port")
@click.option("--secret", envvar="BACKOFFICE_SECRET", required=True, help="Standard Webhooks secret; better in $BACKOFFICE_SECRET")
def main(port: int, inherited: int | None, secret: str) -> None:
    """Run the demo back office until it is interrupted."""
    where: dict[str, Any] = {"host": "127.0.0.1", "port": port} if inherited is None else {"sock": socket.socket(fileno=inherited)}
    web.run_app(application(secret, Shelf()), **where, print=None, access_log=None)


if __name__ == "__main__":
    main()
