"""What stops us, by code: the half of the error catalogue that is not about a partner's data.

``faults.FaultCode`` has what the data did, ``agreements.HELD`` why something waits for a
person. A test reads the source and fails when a code is printed that none of the three has.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Meaning(NamedTuple):
    """One code in words: what happened, and what to do."""

    text: str
    advice: str


_CHECK = "edigw check shows the place; mend it, then reload (SIGHUP)"
_BACKUP = "compare with a backup of the ledger and its archive; docs/operating.md, When verify finds damage"
_AGAIN = "nothing: it is tried again; edigw show ID tells how often it was"

CODES: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "EDIGW-ARCHIVE-E001": Meaning("a stored payload is missing, removed, or its bytes are not those of its hash", "restore it from a backup of the archive folder"),
        "EDIGW-ARCHIVE-E002": Meaning("the archive's folder cannot be written or read", "make room or mend its mode; files stay in the inbox until then"),
        "EDIGW-CHANNEL-E000": Meaning("a channel could not do what was asked", "edigw show ID tells what was asked"),
        "EDIGW-CHANNEL-E001": Meaning("a channel's folder is gone or cannot be used", "mend the folder or its mode; it is looked at again"),
        "EDIGW-CHANNEL-E002": Meaning("a channel's disk or quota is full; what was begun is removed again", "make room, then edigw retry"),
        "EDIGW-CHANNEL-E003": Meaning("another file has the name; nothing was written over it", "have it fetched or removed, then edigw retry"),
        "EDIGW-CHANNEL-E004": Meaning("a name that is no plain name inside the channel's folder", "mend name: of the channel in edigw.yaml"),
        "EDIGW-CHANNEL-E005": Meaning("a file changed between the look at it and its reading", "nothing: it is looked at again"),
        "EDIGW-CHANNEL-E006": Meaning("a file is larger than limits.file", "raise limits.file in edigw.yaml, or remove the file"),
        "EDIGW-CHANNEL-E007": Meaning("something in an inbox is no file that can be read", "remove it, or mend its mode"),
        "EDIGW-CHANNEL-E008": Meaning("a partner's server shows a key that is not pinned; nothing was sent to it", "edigw check --connect shows it; ask the partner; if its key was changed put the new fingerprint under host_key:, then reload"),
        "EDIGW-CHANNEL-E009": Meaning("a partner's server does not let us log in", "ask the partner for user and key, mend them in edigw.yaml, then reload"),
        "EDIGW-CHANNEL-E010": Meaning("a partner's server cannot be reached, hangs, or cut the connection", "nothing: it is tried again, more and more seldom; edigw status tells when, edigw check --connect tries it now"),
        "EDIGW-CHANNEL-E011": Meaning("the connection broke before a server had answered a rename", "nothing: the next try looks what stands there"),
        "EDIGW-CONFIG-E000": Meaning("the configuration cannot be used", _CHECK),
        "EDIGW-CONFIG-E001": Meaning("a configuration file is no YAML", _CHECK),
        "EDIGW-CONFIG-E002": Meaning("a configuration file has characters that do not belong there", _CHECK),
        "EDIGW-CONFIG-E003": Meaning("a key is written twice", _CHECK),
        "EDIGW-CONFIG-E004": Meaning("an anchor, alias, tag, merge key or directive", _CHECK),
        "EDIGW-CONFIG-E005": Meaning("a configuration file is too large, too deep or has too many values", _CHECK),
        "EDIGW-CONFIG-E006": Meaning("a key that is no text", _CHECK),
        "EDIGW-CONFIG-E007": Meaning("several YAML documents where one belongs", _CHECK),
        "EDIGW-CONFIG-E010": Meaning("an unknown key", _CHECK),
        "EDIGW-CONFIG-E011": Meaning("something required is missing", _CHECK),
        "EDIGW-CONFIG-E012": Meaning("a value, list or map where another belongs", _CHECK),
        "EDIGW-CONFIG-E013": Meaning("a value that cannot be", _CHECK),
        "EDIGW-CONFIG-E014": Meaning("a name that nothing has", _CHECK),
        "EDIGW-CONFIG-E015": Meaning("two claim the same", _CHECK),
        "EDIGW-CONFIG-E016": Meaning("a secret is written out", "put it into a file or variable and write file:PATH or env:NAME"),
        "EDIGW-CONFIG-E017": Meaning("a secret or key cannot be used", _CHECK),
        "EDIGW-CONFIG-E018": Meaning("a path leaves its folder", _CHECK),
        "EDIGW-CONFIG-E019": Meaning("this version does not do that", "take it out, or do without what it promises"),
        "EDIGW-CONFIG-E020": Meaning("a file or folder is missing or cannot be used", _CHECK),
        "EDIGW-CONFIG-E021": Meaning("a partner's sample is not what it should be", "mend the map or the sample"),
        "EDIGW-CONFIG-E022": Meaning("a message or release we have no dictionary for", "name one of those that edigw check lists"),
        "EDIGW-CONFIG-E090": Meaning("an endpoint cannot be used; its deliveries wait", _CHECK),
        "EDIGW-CONFIG-E091": Meaning("a partner's key cannot be used; it cannot log in", _CHECK),
        "EDIGW-CONFIG-E092": Meaning("a channel's key or password cannot be used; it is not polled, and what is due there waits", _CHECK),
        "EDIGW-CORE-E000": Meaning("something stopped us that has no code of its own", "read the message; edigw status"),
        "EDIGW-DAEMON-E001": Meaning("another daemon works on this instance, or as this node of it", "edigw status names its process; end that one first, or on PostgreSQL start a second node under another name: edigw run --node NAME"),
        "EDIGW-DAEMON-E002": Meaning("the drain took too long and was cut off", "nothing: the next start carries on"),
        "EDIGW-DAEMON-E003": Meaning("an address we should listen on cannot be used", "end what uses the port, or change listen: in edigw.yaml"),
        "EDIGW-DAEMON-E004": Meaning("the database works more slowly than it could", "install what the notice names, at leisure"),
        "EDIGW-DAEMON-E005": Meaning("the system gives no hints of what arrives in a folder", "nothing: the folder is looked at by the clock"),
        "EDIGW-DAEMON-E006": Meaning("the clock was set back while the gateway ran; its rounds and what waits were called at once", "see that the clock is kept right (timedatectl, chrony)"),
        "EDIGW-DELIVERY-E001": Meaning("a delivery's endpoint or channel is not in the configuration, or cannot be used", "add or mend it, then edigw retry"),
        "EDIGW-DELIVERY-E002": Meaning("a delivery failed for a cause we did not expect", "edigw show ID; it is tried again, please report the log's traceback"),
        "EDIGW-DELIVERY-E003": Meaning("a delivery did not get through; it is due again", "edigw retry ID if you will not wait"),
        "EDIGW-DELIVERY-E004": Meaning("nobody knows whether a delivery got through", "ask the receiver; edigw done ID if it came, edigw retry ID if it did not, edigw close ID to leave it"),
        "EDIGW-DELIVERY-E006": Meaning("another reader reads an answer of ours differently, so it was not sent", "edigw show ID --payload, and report it; edigw retry ID sends it as it is, edigw close ID keeps it back"),
        "EDIGW-DELIVERY-E007": Meaning("an endpoint or channel failed several times in a row; it is left alone, asked with one delivery from time to time, and then sent the rest in its order", "mend the receiver; edigw status tells when it is tried, edigw retry tries it now"),
        "EDIGW-DEMO-E001": Meaning("the folder is not the demo's: a gateway runs in it, or it holds something else", "end that one, or name another folder"),
        "EDIGW-DEMO-E002": Meaning("no port is free where the demo needs one", "end what uses them"),
        "EDIGW-DEMO-E003": Meaning("the gateway did not take the demo's samples in time", "edigw.log in the demo's folder tells why"),
        "EDIGW-DEMO-E004": Meaning("the demo's gateway or back office ended by itself", "edigw.log in the demo's folder tells why"),
        "EDIGW-EXPORT-E001": Meaning("the archive of edigw export could not be written; nothing of it is left, and nothing was written over", "make room, or name another file with --out"),
        "EDIGW-FILE-E004": Meaning("a file killed or outlasted whatever judged it, alone", "edigw show ID; raise limits.task or limits.memory, then edigw replay ID"),
        "EDIGW-INBOUND-E001": Meaning("a file could not be recorded for a cause we did not expect; it is quarantined", "edigw show ID, then edigw replay ID; please report the log's traceback"),
        "EDIGW-INBOUND-E002": Meaning("work on arrivals failed for a cause we did not expect", "edigw status; what was under way is taken up again"),
        "EDIGW-INBOUND-E003": Meaning("something released or left by a kill could not be judged; it is held the third time", "edigw show ID; please report the log's traceback"),
        "EDIGW-INBOUND-E004": Meaning("the retire of a file was not recorded", "nothing: the next start finds the file gone and records it"),
        "EDIGW-INIT-E001": Meaning("the folder for a new instance is not empty", "name a folder that is empty or not there"),
        "EDIGW-HEALTH-E001": Meaning("an alert could not be sent or its book not be kept; it is tried again", "mend alerts: in edigw.yaml, or whoever is told"),
        "EDIGW-HEALTH-E002": Meaning("less is free on a disk than alerts: disk asks for", "make room; nothing else need be done"),
        "EDIGW-HEALTH-E003": Meaning("a partner has not sent what its expects: says by its deadline", "edigw list --partner P, then ask the partner"),
        "EDIGW-HEALTH-E004": Meaning("the certificate of an endpoint ends soon", "have whoever runs the endpoint renew it"),
        "EDIGW-HEALTH-E005": Meaning(
            "the daemon is hindered by something that has no code of its own, or one of its rounds does not come", "edigw status"
        ),
        "EDIGW-HEALTH-E006": Meaning("looking for what is worth an alert failed", "report it; it is looked at again"),
        "EDIGW-HEALTH-E007": Meaning("the daemon is alive and does not get on with its work", "report it; a watchdog restarts it, and nothing is lost"),
        "EDIGW-HEALTH-E008": Meaning("the address of health: cannot be used", "give another, then restart; the gateway works without"),
        "EDIGW-LEDGER-E001": Meaning("the ledger's database cannot be reached or is locked, or its disk is full", "make room, mend the database, or see who holds it (fuser -v ledger.db); nothing is lost meanwhile"),
        "EDIGW-LEDGER-E002": Meaning("another took a row on in the meantime", _AGAIN),
        "EDIGW-MAP-E001": Meaning("a map has an unknown word", _CHECK),
        "EDIGW-MAP-E002": Meaning("a map names a field its document does not have", _CHECK),
        "EDIGW-MAP-E003": Meaning("a map writes a field twice", _CHECK),
        "EDIGW-MAP-E004": Meaning("a code table cannot be read back: two rows read the same", _CHECK),
        "EDIGW-MAP-E005": Meaning("a map names what no release has there", _CHECK),
        "EDIGW-MAP-E006": Meaning("two bindings of a map cannot be told apart", _CHECK),
        "EDIGW-MAP-E007": Meaning("change: names what its base map does not have", _CHECK),
        "EDIGW-MAP-E008": Meaning("a value, list or map where a map's word wants another", _CHECK),
        "EDIGW-MAP-E009": Meaning("a word of the mapping language that this version does not have", _CHECK),
        "EDIGW-MAP-E010": Meaning("no such map, or maps that extend each other in a circle", _CHECK),
        "EDIGW-MAP-E011": Meaning("no such code table", _CHECK),
        "EDIGW-MAP-E012": Meaning("a path that cannot be read", _CHECK),
        "EDIGW-MAP-E013": Meaning("a type, format or list that the dictionary or the document denies", _CHECK),
        "EDIGW-MAP-E014": Meaning("no such kind of document", _CHECK),
        "EDIGW-MAP-E015": Meaning("two maps have one name", _CHECK),
        "EDIGW-NODE-E001": Meaning("a node died without a word; the others go on with its work", "nothing is lost: find out why it died (its log, the system's), then start it again"),
        "EDIGW-NODE-E002": Meaning("a node hung so long that another polls its channel now; what it had read and not kept stays where it was", "nothing: the other node takes it; if it comes again, find out what holds the node up"),
        "EDIGW-OPERATE-E001": Meaning("the action does not fit the state of what it was asked for; nothing was changed", "edigw show ID tells the state"),
        "EDIGW-RETAIN-E001": Meaning("another edigw retain is at work on this ledger", "wait until it has ended"),
        "EDIGW-RETAIN-E002": Meaning("the daily sealing and removing could not be done", "mend what the message names, then edigw retain; the next day's run does all that is left"),
        "EDIGW-RETAIN-E003": Meaning("a chain of events does not hold, so it was not sealed and nothing of it removed", "edigw verify names the event; docs/operating.md has what then"),
        "EDIGW-OPERATE-E002": Meaning("an expression behind --where cannot be read", "the message names the column; edigw retry --help has the words"),
        "EDIGW-OPERATE-E003": Meaning("a document has nothing at the path that was asked for", "edigw show ID --payload has the whole document"),
        "EDIGW-SECRET-E001": Meaning("a secret is not there, is empty, or others may read it", "set the variable, or chmod 600 the file"),
        "EDIGW-RECONCILE-E001": Meaning("bytes or messages of a day are not accounted for", "edigw show the interchange that is named, then edigw verify"),
        "EDIGW-SFTPD-E001": Meaning("an upload into our SFTP inbox was cut off before its close; nothing of it has arrived", "nothing: its sender was never told that it arrived, and sends it again"),
        "EDIGW-SFTPD-E002": Meaning("a partner asked for what nobody may do in our SFTP inbox", "the log says what and why; docs/operating.md, What a partner may do in our inbox"),
        "EDIGW-SFTPD-E003": Meaning("a partner, or all together, left more in our SFTP inbox than may wait there", "edigw status tells why nothing is taken; or raise quota, waiting or quota_all of sftpd in edigw.yaml"),
        "EDIGW-SFTPD-E004": Meaning("an upload is larger than limits.file; nothing of it is kept", "raise limits.file in edigw.yaml, or have it sent in parts"),
        "EDIGW-SFTPD-E005": Meaning("an upload failed for a cause on our side: a full disk, a folder that is gone or may not be written", "make room, or mend the folder or its mode; the partner was told that it failed, and sends it again"),
        "EDIGW-SFTPD-E006": Meaning("too many failed logins from one address or with one name; it waits", "nothing, unless it is a partner: then compare its key with sftp_keys: of its partner.yaml"),
        "EDIGW-VERIFY-E001": Meaning("a chain of events or one of its seals is not what was written: something was changed, left out or cut off", _BACKUP),
        "EDIGW-VERIFY-E002": Meaning("a payload's bytes are not those of its hash, or are not there", _BACKUP),
        "EDIGW-VERIFY-E003": Meaning("the interchanges and unreadable spans of a file do not cover every byte of it once", "edigw show ID; " + _BACKUP),
        "EDIGW-VERIFY-E004": Meaning("a control number was given and neither used nor void, used and never given, or left out", "edigw show ID; " + _BACKUP),
        "EDIGW-VERIFY-E005": Meaning("a row is in a state where its events did not take it, or that does not follow", "edigw show ID; " + _BACKUP),
        "EDIGW-VERIFY-E006": Meaning("rows that belong together contradict each other", "edigw show ID; " + _BACKUP),
        "EDIGW-VERIFY-E007": Meaning("something is marked as removed and no event tells that retention removed it", _BACKUP),
        "EDIGW-VERIFY-E008": Meaning("a file in the archive that no payload of the ledger names; harmless", "remove it, unless the ledger is older than its archive"),
        "EDIGW-WORKER-E001": Meaning("no process that judges can be started, or none lasts; what arrives waits", "raise limits.memory in edigw.yaml, or make room on the machine; it is tried again"),
        "EDIGW-WORKER-E002": Meaning("a process that judges ended: killed, out of memory, or past a deadline", "nothing: another takes its place, and what it was at is tried again; one message that does it again and again is held"),
        "EDIGW-WRITE-E000": Meaning("a document or answer cannot be written as EDI; nothing was written", "the message names each field and rule"),
    }
)  # fmt: skip
