"""partner.yaml by itself: values, and every mistake at its place."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from edigw import partners
from edigw.agreements import Acknowledge, Policies, Receive, Send, X12Address
from edigw.faults import Level, Policy, Severity
from edigw.model import Identity
from edigw.sshkeys import public_keys

IDENTITY = "x12: [{qualifier: ZZ, id: ACMESTORES}]\nchannels: {out: o}\n"


def draft(text: str, **files: bytes) -> partners.Draft:
    return partners.draft("acme", "partners/acme", {"partner.yaml": text.encode(), **files})


def mistakes(text: str, **files: bytes) -> list[str]:
    return [str(problem) for problem in draft(text, **files).problems]


def test_the_file_of_the_contract(instance_files):
    made = partners.draft("acme", "partners/acme", {path[14:]: data for path, data in instance_files.items() if path.startswith("partners/acme/")})
    assert made.problems == []
    acme = made.partner
    assert (acme.name, acme.title, acme.broken) == ("acme", "ACME Stores", "")
    assert acme.x12 == (X12Address(Identity("ZZ", "ACMESTORES"), "ACME"),)
    assert (acme.channel_in, acme.channel_out) == ("acme-in", "acme-out")
    assert acme.sftp_keys == ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILqjDZEj+m9xkFG64qwrrI/Ln+PMpOW5IhTuNAz8qCuy",)
    assert acme.receive == (Receive("850", ("004010", "004030"), "acme/850", "erp", Acknowledge("997", True), "partners/acme/partner.yaml:7:5"),)
    assert (acme.interchange_number, acme.group_number) == (7, 1)
    assert acme.policies == Policies(
        judge=Policy({Level.CODES: Severity.NOTE, Level.BUSINESS: Severity.OFF}, {"EDIGW-CHECK-E020": Severity.WARN}),
        forward="hold-bad",
        tolerate=frozenset({"lower-case-unoa"}),
    )
    assert made.maps == {"acme/850": ("partners/acme/maps/850.yaml", instance_files["partners/acme/maps/850.yaml"])}


def test_defaults():
    made = draft("partner: acme\nedifact: {id: X}\nchannels: {out: o}\nreceive: {message: ORDERS, deliver: erp}\n")
    assert made.problems == []
    assert made.partner.receive == (Receive("ORDERS", (), "edifact/ORDERS", "erp", Acknowledge("contrl"), "partners/acme/partner.yaml:4:10"),)
    assert made.partner.policies == Policies()
    assert made.partner.title == "acme"


def test_send():
    line = 'send: [{document: invoice, message: "810", release: "004010", expect: {ack: "997", within: 12h}}]\n'
    made = draft("partner: acme\n" + IDENTITY + line)
    assert made.problems == []
    assert made.partner.send == (Send("invoice", "810", "004010", "x12/810", "997", timedelta(hours=12), "partners/acme/partner.yaml:4:8"),)


def test_a_ta1_that_cannot_leave():
    text = 'partner: acme\nx12: [{qualifier: ZZ, id: A}]\npolicies: {ta1: always}\n'
    (found,) = mistakes(text)
    assert found.endswith("3:11: EDIGW-CONFIG-E011 a TA1 is always sent, but there is no out channel for it (channels: {out: NAME}, or take ta1: out)")


@pytest.mark.parametrize(
    ("line", "place", "code", "says"),
    [
        pytest.param("recieve: []", "4:1", "E010", "partner.yaml has no key recieve (did you mean receive?)", id="unknown key"),
        pytest.param("receive: [{message: '850'}]", "4:11", "E011", "a receive entry lacks deliver", id="no endpoint"),
        pytest.param("receive: [{deliver: erp}]", "4:11", "E011", "a receive entry lacks message", id="no message"),
        pytest.param("receive: [{message: '851', deliver: e}]", "4:21", "E022", "there is no message 851 (did you mean", id="unknown set"),
        pytest.param("receive: [{message: ORDERZ, deliver: e}]", "4:21", "E022", "there is no message ORDERZ (did you mean ORDERS?)", id="unknown message"),
        pytest.param("receive: [{message: ORDERS, deliver: e}]", "4:21", "E011", "ORDERS needs an identity under edifact:, and there is none", id="other syntax"),
        pytest.param("receive: [{message: '850', releases: ['004011'], deliver: e}]", "4:39", "E022", "there is no 850 in release 004011 (the nearest is 004010)", id="unknown release"),
        pytest.param("receive: [{message: '850', deliver: e, acknowledge: contrl}]", "4:53", "E013", "contrl does not answer X12", id="answer of the other syntax"),
        pytest.param("receive: [{message: '850', deliver: e}, {message: '850', releases: ['004010'], deliver: e}]", "4:41", "E015", "850 is agreed twice for one release; first at partners/acme/partner.yaml:4:11", id="agreed twice"),
        pytest.param("send: [{document: order, message: '850', release: '1'}]", "4:51", "E022", "there is no 850 in release 1", id="unknown release sent"),
        pytest.param("send: [{document: order, message: '850', release: '004010', expect: {ack: contrl}}]", "4:75", "E013", "ack cannot be contrl", id="expects the other syntax"),
        pytest.param("numbering: {interchange: 0}", "4:26", "E013", "interchange is 0, not a whole number from 1 to 999999999", id="number too small"),
        pytest.param("policies: {forward: splt}", "4:21", "E013", "forward cannot be splt (did you mean split?)", id="unknown policy"),
        pytest.param("policies: {judge: {codez: warn}}", "4:20", "E010", "judge has no key codez (did you mean codes?)", id="unknown level"),
        pytest.param("policies: {judge: {EDIGW-CHECK-E999: warn}}", "4:20", "E010", "judge has no key EDIGW-CHECK-E999", id="unknown code"),
        pytest.param("policies: {judge: {codes: warning}}", "4:27", "E013", "codes cannot be warning (did you mean warn?)", id="unknown severity"),
        pytest.param("policies: {tolerate: [lowercase]}", "4:23", "E014", "there is no leniency lowercase (did you mean lower-case-unoa?)", id="unknown leniency"),
        pytest.param("policies: {ta1: sometimes}", "4:17", "E013", "ta1 cannot be sometimes", id="unknown choice of TA1"),
        pytest.param("hooks: hooks.py", "4:8", "E019", "hooks are not supported yet", id="hooks"),
        pytest.param("sftp_keys: [file:../nordwind/n.pub]", "4:13", "E018", "../nordwind/n.pub is outside the partner's folder", id="key of another"),
        pytest.param("sftp_keys: [file:/etc/ssh/x.pub]", "4:13", "E018", "/etc/ssh/x.pub is outside the partner's folder", id="key of the system"),
        pytest.param("sftp_keys: [file:id_ed25519]", "4:13", "E013", "id_ed25519 is no public key by its name", id="no public key's name"),
        pytest.param("sftp_keys: [file:acne.pub]", "4:13", "E020", "the partner's folder holds no acne.pub (did you mean acme.pub?)", id="key not there"),
        pytest.param("sftp_keys: [ssh-ed25519 AAAA]", "4:13", "E013", "sftp_keys name files with public keys (file:NAME.pub, in the partner's folder)", id="key written out"),
    ],
)
def test_one_mistake_each(line, place, code, says):
    found = mistakes("partner: acme\n" + IDENTITY + line + "\n", **{"acme.pub": b""})
    assert len(found) == 1, found
    assert found[0].startswith(f"partners/acme/partner.yaml:{place}: EDIGW-CONFIG-{code} {says}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("partner: acne\n" + IDENTITY, "partner acne stands in the folder acme (name both alike)", id="another name"),
        pytest.param(IDENTITY, "partner.yaml lacks partner", id="no name"),
        pytest.param("partner: acme\n", "acme has no identity (give x12:, edifact:, or both", id="no identity"),
        pytest.param("", "acme has no identity", id="empty file"),
        pytest.param("partner: acme\nx12: [{qualifier: ZZ, id: A}]\nreceive: [{message: '850', deliver: e}]", "850 is acknowledged, but there is no out channel", id="no way back"),
        pytest.param("partner: acme\nx12: [{qualifier: ZZ, id: A}, {qualifier: ZZ, id: A}]\n", "the identity x12 ZZ:A stands twice", id="identity twice"),
        pytest.param("a: [\n", "EDIGW-CONFIG-E001", id="no YAML"),
        pytest.param("partner: acme\n---\nx: 1\n", "a second document begins here", id="two documents"),
    ],
)
def test_whole_files(text, says):
    assert [line for line in mistakes(text) if says in line]


def test_a_partner_file_with_five_mistakes_tells_all_five():
    found = mistakes(
        """partner: acme
x12: [{qualifer: ZZ, id: ACMESTORES}]
channels: {in: acme-in, out: acme-out}
receive:
  - {message: "850", releases: ["004011"], deliver: erp, acknowledge: {with: "998"}}
numbering: {group: first}
policies: {forward: slpit}
"""
    )
    assert [line.split(" (")[0] for line in found] == [
        "partners/acme/partner.yaml:2:8: EDIGW-CONFIG-E010 an x12 identity has no key qualifer",
        "partners/acme/partner.yaml:6:20: EDIGW-CONFIG-E013 group is first, not a whole number from 1 to 999999999",
        "partners/acme/partner.yaml:7:21: EDIGW-CONFIG-E013 forward cannot be slpit",
        "partners/acme/partner.yaml:5:33: EDIGW-CONFIG-E022 there is no 850 in release 004011",
        "partners/acme/partner.yaml:5:78: EDIGW-CONFIG-E013 998 does not answer X12",
    ]


def test_no_file():
    made = partners.draft("acme", "partners/acme", {"maps/850.yaml": b""})
    assert [str(problem) for problem in made.problems] == [
        "partners/acme/partner.yaml:1:1: EDIGW-CONFIG-E020 the folder of acme holds no partner.yaml (write one, or remove the folder)"
    ]


def wire(*fields: bytes) -> str:
    return base64.b64encode(b"".join(len(one).to_bytes(4, "big") + one for one in fields)).decode()


ED25519 = "ssh-ed25519 " + wire(b"ssh-ed25519", 32 * b"k")
RSA_2048 = "ssh-rsa " + wire(b"ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xff" * 256)
RSA_1024 = "ssh-rsa " + wire(b"ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xff" * 128)


@pytest.mark.parametrize(
    ("text", "keys", "says"),
    [
        pytest.param(ED25519 + " acme@host\n", [ED25519], [], id="ed25519 with a comment"),
        pytest.param(f"# two\n\n{ED25519}\n{RSA_2048}\n", [ED25519, RSA_2048], [], id="two keys"),
        pytest.param("", [], [(1, "no public key in this file")], id="empty"),
        pytest.param(RSA_1024, [], [(1, "an RSA key of less than 2048 bits")], id="short RSA"),
        pytest.param("ssh-dss AAAA", [], [(1, "no key type we take")], id="DSA"),
        pytest.param(f'command="x" {ED25519}', [], [(1, "no key type we take")], id="options"),
        pytest.param("ssh-ed25519 !!!", [], [(1, "no base64")], id="no base64"),
        pytest.param(ED25519[:40], [], [(1, "the key is damaged")], id="cut"),
        pytest.param("ssh-rsa " + ED25519.split()[1], [], [(1, "its inside is not what stands before it")], id="another type inside"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----\n", [], [(1, "this is a private key")], id="private"),
        pytest.param("---- BEGIN SSH2 PUBLIC KEY ----\n", [], [(1, "not in OpenSSH form")], id="RFC 4716"),
        pytest.param("ssh-ed25519 " + base64.b64encode(b"\xff\xff\xff\xff").decode(), [], [(1, "the key is damaged")], id="a length beyond the end"),
    ],
)
def test_public_keys(text, keys, says):
    found, wrong = public_keys(text.encode())
    assert found == keys
    assert [line for line, _ in wrong] == [line for line, _ in says]
    assert all(want in text for (_, text), (_, want) in zip(wrong, says, strict=True))


def test_a_damaged_key_is_told_at_its_line():
    found = mistakes("partner: acme\n" + IDENTITY + "sftp_keys: [file:acme.pub]\n", **{"acme.pub": b"# ours\nssh-ed25519 AAAA\n"})
    assert found == ["partners/acme/acme.pub:2:1: EDIGW-CONFIG-E013 the key is damaged or cut: its inside is not what stands before it"]
