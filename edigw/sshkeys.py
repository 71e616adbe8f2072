"""OpenSSH public keys, read as text: which lines are keys we let log in.

Pure, and on purpose without a crypto library: pool workers build the configuration too.
What a key must be is decided by its wire form, not by the words before it.
"""

from __future__ import annotations

import base64
import binascii

MAX_LINES = 200
RSA_BITS = 2048  # shorter ones are no longer safe
TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)


def public_keys(data: bytes) -> tuple[list[str], list[tuple[int, str]]]:
    """The keys of a ``.pub`` file as ``type base64``, and mistakes as (line, text). No key at all is a mistake."""
    found: list[str] = []
    mistakes: list[tuple[int, str]] = []
    if b"PRIVATE KEY" in data:
        return [], [(1, "this is a private key; only its owner may have it. Ask for the public one, and for a new pair")]
    lines = data.decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines[:MAX_LINES], 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        wrong = _mistake(words)
        if wrong:
            mistakes.append((number, wrong))
        else:
            found.append(" ".join(words[:2]))
    if len(lines) > MAX_LINES:
        mistakes.append((MAX_LINES + 1, f"more than {MAX_LINES} lines"))
    if not found and not mistakes:
        mistakes.append((1, "no public key in this file"))
    return found, mistakes


def _mistake(words: list[str]) -> str:
    if words[0].startswith("----"):
        return "not in OpenSSH form; ssh-keygen -i -f FILE turns it into that"
    if words[0] not in TYPES:
        return "no key type we take stands first (no options either); one of ssh-ed25519, ecdsa-sha2-…, ssh-rsa"
    try:
        wire = base64.b64decode(words[1], validate=True) if len(words) > 1 else b""
    except binascii.Error:
        return "the key is damaged: no base64"
    fields = _fields(wire)
    if not fields or fields[0] != words[0].encode():
        return "the key is damaged or cut: its inside is not what stands before it"
    if words[0] == "ssh-rsa" and (len(fields) != 3 or int.from_bytes(fields[2], "big").bit_length() < RSA_BITS):
        return f"an RSA key of less than {RSA_BITS} bits; ask for an ed25519 key"
    if words[0] == "ssh-ed25519" and (len(fields) != 2 or len(fields[1]) != 32):
        return "the key is damaged or cut"
    return ""


def _fields(wire: bytes) -> list[bytes]:
    """The length-prefixed strings of a key; empty if they do not fill it exactly."""
    found: list[bytes] = []
    at = 0
    while at < len(wire) and len(found) < 8:
        end = at + 4 + int.from_bytes(wire[at : at + 4], "big")
        if at + 4 > len(wire) or end > len(wire):
            return []
        found.append(wire[at + 4 : end])
        at = end
    return found if at == len(wire) else []
