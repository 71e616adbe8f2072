"""What each fault means for those concerned, and what to do about it: the words beside ``faults``' table.

Apart from the table, so that a row there stays a row. ``edigw errors``, ``edigw explain`` and
the pages under docs/errors are made of both; a test fails when one has a code the other
has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Advice(NamedTuple):
    """*why*: what stands behind the fault, for one who meets it first. *todo*: the next step."""

    why: str
    todo: str


_SENDER = "ask the sender to mend its translator and to send the interchange again under a new control number"
_LENIENT = "nothing: it is read all the same; tell the sender if it should stop, or raise it under policies.judge"
_MAP = "look at the map named in the document's source"
_GUIDE = "ask the sender to follow the guide you agreed on, or change guide: in the partner's map"

# fmt: off
_ENVELOPES: Final = {
    "EDIGW-FILE-E001": Advice("An interchange begins with ISA, UNA or UNB. Nothing in the file does, so nobody can tell who sent what to whom. It is kept and never guessed.", "look at the file's first bytes; a message without an interchange is read with --bare"),
    "EDIGW-FILE-E002": Advice("Between or behind the interchanges of the file stand bytes that belong to none: the remains of another file, a mail's text, an interchange cut short.", "ask the sender what they are; they are kept with the file"),
    "EDIGW-FILE-E003": Advice("A file of no bytes says nothing. It is often the trace of a transfer that was broken off.", "ask the sender to send it again"),

    "EDIGW-X12-E001": Advice("The ISA tells every separator by its place: 16 elements of fixed length, 106 characters with the terminator. One that is shorter or longer can be misread, so it is read as far as it goes and refused.", "ask the sender to pad ISA02, 04, 06 and 08 with blanks to their full length"),
    "EDIGW-X12-E002": Advice("ISA13 and IEA02 are the same number, so that a receiver sees when two files were joined or one was cut.", _SENDER),
    "EDIGW-X12-E003": Advice("The file ends before the interchange does: a transfer was broken off, or what wrote it crashed. Messages that are whole are shown but not passed on.", "ask the sender to send the whole file again"),
    "EDIGW-X12-E004": Advice("IEA01 counts the functional groups. Another number means that one was lost or added on the way.", _SENDER),
    "EDIGW-X12-E005": Advice("ISA13 is nine digits with leading zeros. What is no number cannot be compared with IEA02 or with earlier interchanges.", _SENDER),
    "EDIGW-X12-E006": Advice("ISA12 names the version the envelope is written in. The envelope is read as that of 00401.", "ask the sender which version it means; 00401 and 00501 are usual"),
    "EDIGW-X12-E007": Advice("ISA05 tells what sort of number ISA06 is. Without a known qualifier the sender's address is not certain.", "ask the sender for a qualifier of the list (01, 12, 14, ZZ ...), and write the same into its partner.yaml"),
    "EDIGW-X12-E008": Advice("ISA07 tells what sort of number ISA08 is. Without a known qualifier our address is not certain.", "tell the sender which qualifier we use"),
    "EDIGW-X12-E009": Advice("ISA01 tells how ISA02 is to be read; 00 means that there is nothing to read.", "ask the sender to put 00 into ISA01 and ten blanks into ISA02"),
    "EDIGW-X12-E010": Advice("ISA03 tells how ISA04 is to be read; 00 means that there is no password.", "ask the sender to put 00 into ISA03 and ten blanks into ISA04"),
    "EDIGW-X12-E011": Advice("ISA09 is the day the interchange was prepared, YYMMDD. A TA1 copies it, and the sender matches our TA1 by it.", _SENDER),
    "EDIGW-X12-E012": Advice("ISA10 is the time the interchange was prepared, HHMM. A TA1 copies it, and the sender matches our TA1 by it.", _SENDER),
    "EDIGW-X12-E013": Advice("ISA14 asks for a TA1 (1) or does not (0). Anything else asks nothing that can be answered; it is taken for 0.", "ask the sender to put 0 or 1 into ISA14"),
    "EDIGW-X12-E014": Advice("ISA15 tells test (T) from production (P). What tells neither might send a test order to a warehouse.", "ask the sender to put P or T into ISA15"),
    "EDIGW-X12-E015": Advice("The same control number stands for other bytes already: either the sender's counter was set back, or an interchange was changed and sent again.", "ask the sender which of the two is meant"),
    "EDIGW-X12-E016": Advice("A segment between SE and the next ST, or between groups, belongs to nothing. Mostly an ST or GS before it was lost.", _SENDER),
    "EDIGW-X12-E017": Advice("The GS names the type, the number and the release of what is inside. A group without these cannot be named in a 997, so a TA1 has to say it.", _SENDER),
    "EDIGW-X12-E018": Advice("No partner.yaml has the sender's qualifier and id.", "add them to the partner's x12: entry"),
    "EDIGW-X12-E019": Advice("The receiver's qualifier and id are none of ours; the file may be meant for somebody else.", "ask the sender, or add the identity under gateway: in edigw.yaml"),
    "EDIGW-X12-E020": Advice("The group has no GE, so its own count cannot be checked: part of it may be lost.", _SENDER),
    "EDIGW-X12-E021": Advice("GS06 and GE02 are the same number, so that a receiver sees when two groups were joined.", _SENDER),
    "EDIGW-X12-E022": Advice("GE01 counts the transaction sets. Another number means that one was lost or added on the way; all of the group is refused.", _SENDER),
    "EDIGW-X12-E023": Advice("A 997 names the group by GS06. What is not 1 to 9 digits cannot be named.", _SENDER),
    "EDIGW-X12-E024": Advice("Two groups of one number cannot be told apart in our 997.", _SENDER),
    "EDIGW-X12-E025": Advice("GS01 tells what sort of sets the group holds.", "ask the sender which functional group it means"),
    "EDIGW-X12-E026": Advice("GS08 names the release the sets are written in.", "agree on a release that we have; edigw check lists them"),
    "EDIGW-X12-E027": Advice("The transaction set has no SE, so its own count cannot be checked: its end may be lost. It is read to where the next one begins.", "ask the sender to send the set again, whole"),
    "EDIGW-X12-E028": Advice("ST02 and SE02 are the same number, so that a receiver sees when two sets were joined.", _SENDER),
    "EDIGW-X12-E029": Advice("SE01 counts the segments, ST and SE among them. Another number means that a segment was lost or added on the way.", "ask the sender to count ST and SE, too, and to send the set again"),
    "EDIGW-X12-E030": Advice("ST01 tells which transaction set this is: three digits such as 850.", _SENDER),
    "EDIGW-X12-E031": Advice("A 997 names the set by ST02, 4 to 9 characters.", "ask the sender to number its sets from 0001"),
    "EDIGW-X12-E032": Advice("Two sets of one number cannot be told apart in our 997.", "ask the sender to give each set of a group a number of its own"),
    "EDIGW-X12-E033": Advice("A group of no set says nothing. Something was meant to stand in it, or its sender makes groups before it knows what to send. Our 997 says so with AK9 E and its three counts of 0.", "ask the sender whether sets are missing"),
    "EDIGW-X12-E034": Advice("Between ISA and IEA stands neither a group nor a TA1. Something was meant to be sent, or its sender makes interchanges before it knows what to send.", "ask the sender whether groups are missing"),

    "EDIGW-EDIFACT-E001": Advice("The file ends before the interchange does: a transfer was broken off, or what wrote it crashed. Messages that are whole are shown but not passed on.", "ask the sender to send the whole file again"),
    "EDIGW-EDIFACT-E002": Advice("UNB 0020 and UNZ 0020 are the same reference, so that a receiver sees when two files were joined or one was cut.", _SENDER),
    "EDIGW-EDIFACT-E003": Advice("UNZ 0036 counts the groups where there are groups, else the messages. Another number means that one was lost or added on the way.", _SENDER),
    "EDIGW-EDIFACT-E004": Advice("The UNB's syntax version tells how dates, repetitions and service segments are written. Versions 1 to 4 are known.", "ask the sender for version 3 or 4"),
    "EDIGW-EDIFACT-E005": Advice("The UNB's syntax identifier names the character set. Without a known one, letters outside ASCII cannot be told.", "ask the sender for UNOA, UNOB, UNOC or UNOY"),
    "EDIGW-EDIFACT-E006": Advice("The UNB needs its syntax, sender, recipient, date and time, and reference. A CONTRL copies three of these: where they are missing there can be none.", _SENDER),
    "EDIGW-EDIFACT-E007": Advice("A value of the UNB is not of the form it must have: a date that is none, a flag outside its list.", _SENDER),
    "EDIGW-EDIFACT-E008": Advice("The UNA is nine characters, and its service characters must differ from one another, or nothing behind it can be cut.", "ask the sender to leave the UNA out, or to send UNA:+.? '"),
    "EDIGW-EDIFACT-E009": Advice("The same control reference stands for other bytes already: either the sender's counter was set back, or an interchange was changed and sent again.", "ask the sender which of the two is meant"),
    "EDIGW-EDIFACT-E010": Advice("No partner.yaml has the sender's identification and qualifier.", "add them to the partner's edifact: entry"),
    "EDIGW-EDIFACT-E011": Advice("The recipient is none of ours; the file may be meant for somebody else.", "ask the sender, or add the identity under gateway: in edigw.yaml"),
    "EDIGW-EDIFACT-E012": Advice("A segment between UNT and the next UNH belongs to nothing. Mostly a UNH before it was lost.", _SENDER),
    "EDIGW-EDIFACT-E013": Advice("An interchange holds either groups or messages. With both, UNZ 0036 can count neither.", _SENDER),
    "EDIGW-EDIFACT-E014": Advice("An interchange without a message says nothing. It is often what is left of an export that found nothing to send.", "ask the sender to send no file when there is nothing to send"),
    "EDIGW-EDIFACT-E015": Advice("The group has no UNE, so its own count cannot be checked: part of it may be lost.", _SENDER),
    "EDIGW-EDIFACT-E016": Advice("UNG 0048 and UNE 0048 are the same reference, so that a receiver sees when two groups were joined.", _SENDER),
    "EDIGW-EDIFACT-E017": Advice("UNE 0060 counts the group's messages. Another number means that one was lost or added on the way; all of the group is refused.", _SENDER),
    "EDIGW-EDIFACT-E018": Advice("The UNG names one message type, and every message of the group must be of it.", "ask the sender to put each type into a group of its own, or to leave groups out"),
    "EDIGW-EDIFACT-E019": Advice("The message has no UNT, so its own count cannot be checked: its end may be lost. It is read to where the next one begins.", "ask the sender to send the message again, whole"),
    "EDIGW-EDIFACT-E020": Advice("UNH 0062 and UNT 0062 are the same reference, so that a receiver sees when two messages were joined.", _SENDER),
    "EDIGW-EDIFACT-E021": Advice("UNT 0074 counts the segments, UNH and UNT among them. Another number means that a segment was lost or added on the way.", "ask the sender to count UNH and UNT, too, and to send the message again"),
    "EDIGW-EDIFACT-E022": Advice("The UNH names the message: its reference, type, version, release and agency. Without these it can be neither read nor answered.", _SENDER),
    "EDIGW-EDIFACT-E023": Advice("Two messages of one reference cannot be told apart in our CONTRL.", "ask the sender to give each message of an interchange a reference of its own"),
    "EDIGW-EDIFACT-E024": Advice("A group of no message says nothing. Something was meant to stand in it, or its sender makes groups before it knows what to send.", "ask the sender whether messages are missing"),
}

_MESSAGES: Final = {
    "EDIGW-CHECK-E001": Advice("The dictionaries have no table for this message type, or not in this release, so nothing in it can be judged. It is read by the nearest release as far as that goes, and refused.", "ask the sender for the release named as nearest, or set policies: {unknown: hold} to look at it first"),
    "EDIGW-CHECK-E002": Advice("The partner sent a message that its partner.yaml does not name, so there is no map and nowhere to deliver it.", "add it under receive: in the partner's file, then have it sent again; or set policies: {unknown: hold}"),
    "EDIGW-CHECK-E010": Advice("No message of this release has a segment of this tag. Mostly a typing error in a translation, or a segment of the partner's own.", "ask the sender to take the segment out, or to use the one the release has"),
    "EDIGW-CHECK-E011": Advice("The message has the segment, but not in the loop it stands in: without the segment that opens its loop, what it says has no owner.", "ask the sender to put it behind the segment that opens its loop"),
    "EDIGW-CHECK-E012": Advice("The table says that the message cannot be understood without this segment. X12 places the fault where it should stand, EDIFACT on the last segment before.", "ask the sender to send the segment"),
    "EDIGW-CHECK-E013": Advice("The table bounds how often a loop may stand, and receivers make room for so many.", "ask the sender to divide the message, or to leave out what is too much"),
    "EDIGW-CHECK-E014": Advice("The table bounds how often a segment may stand in its place, and receivers make room for so many.", "ask the sender to leave out what is too much"),
    "EDIGW-CHECK-E015": Advice("The release knows the segment, but this message does not have it anywhere.", "ask the sender to take the segment out, or to say it with one that the message has"),
    "EDIGW-CHECK-E016": Advice("The segments of a message stand in the order of its table; one that comes too late or too early may be taken for part of another loop.", "ask the sender to send the segments in the table's order"),
    "EDIGW-CHECK-E017": Advice("A tag without a single value says nothing.", "ask the sender to leave empty segments out"),
    "EDIGW-CHECK-E020": Advice("The dictionary says that the segment cannot be understood without this element.", "ask the sender to send the element"),
    "EDIGW-CHECK-E021": Advice("A note of the dictionary ties elements together: a value without its qualifier, or a qualifier without its value, cannot be read.", "ask the sender to send both, or neither"),
    "EDIGW-CHECK-E022": Advice("Behind the last element the release knows stands another. It may belong to a newer release than the envelope says.", "ask the sender which release it writes, and to name that in GS08 or UNH"),
    "EDIGW-CHECK-E023": Advice("The dictionary asks for more characters. It is warned of only, for the value can be read.", "ask the sender to send the value in full length; policies.judge can make it a note"),
    "EDIGW-CHECK-E024": Advice("The dictionary allows fewer characters. A receiver with fields of that length would cut the value, and a number cut short is another number.", "ask the sender to shorten the value; policies.judge can make it a warning for this partner"),
    "EDIGW-CHECK-E025": Advice("A number holds something other than digits, sign and decimal mark, or a text something that is no printable character.", "ask the sender to send the value in the type the dictionary names"),
    "EDIGW-CHECK-E026": Advice("The element takes codes of a list, and this one is not in the release's. It is warned of only, for partners often use codes of a newer list.", "ask the sender what the code means; add it to the map's codes:, or set policies: {judge: {codes: note}}"),
    "EDIGW-CHECK-E027": Advice("The value is not a day of the calendar in the format asked for.", "ask the sender to send the date as YYYYMMDD, or in the format its qualifier names"),
    "EDIGW-CHECK-E028": Advice("The value is not a time of the day in the format asked for.", "ask the sender to send the time as HHMM or HHMMSS"),
    "EDIGW-CHECK-E029": Advice("A note of the dictionary says that only one of the elements may stand: with both, nobody can tell which holds.", "ask the sender to send one of them"),
    "EDIGW-CHECK-E030": Advice("The dictionary bounds how often the element may be repeated.", "ask the sender to leave out what is too much, or to repeat the segment"),
    "EDIGW-CHECK-E031": Advice("Behind the last component the release knows stands another. Often a separator inside a text was not released.", "ask the sender to release separators in texts, or which release it writes"),
    "EDIGW-CHECK-E032": Advice("The envelope declares a character set, and this character is not in it. It is read by the sets that are likely.", "ask the sender to declare the set it writes (UNOC, UNOY), or tolerate it by name under policies"),
    "EDIGW-CHECK-E033": Advice("The UNA says which mark stands before decimals. With another, 1,250 may be read as a thousand times too much.", "ask the sender to write the mark its UNA names"),
    "EDIGW-CHECK-E034": Advice("EDIFACT asks for a digit before the decimal mark: 0.5, not .5. The number can be read.", "nothing, or ask the sender to write the zero"),
    "EDIGW-CHECK-E035": Advice("Separators behind the last value say nothing; the standards ask for them to be left out.", "nothing, or ask the sender to suppress them"),
    "EDIGW-CHECK-E036": Advice("A bounded loop begins with LS and ends with LE, and both bear its identifier. The loop is read by its segments all the same.", "ask the sender to write one identifier into both"),
    "EDIGW-CHECK-E040": Advice("The message states how many lines it has, and has another number. A line may be lost, or the sender counts otherwise.", "compare the lines with the sender; policies.judge can make it a note for this partner"),
    "EDIGW-CHECK-E050": Advice("The message has more segments, or a segment has more bytes or elements, than any real one. Reading it would take the memory of its neighbours.", "ask the sender to divide the message"),
}

_LENIENCIES: Final = {
    "EDIGW-READ-E001": Advice("Windows editors write a byte order mark before the text. It belongs to no interchange.", _LENIENT),
    "EDIGW-READ-E002": Advice("Each segment stands on a line of its own. It is the usual way to make EDI readable; off unless a policy asks for it.", _LENIENT),
    "EDIGW-READ-E003": Advice("Some senders leave a blank segment (~~) behind. It says nothing and is not counted.", _LENIENT),
    "EDIGW-READ-E004": Advice("Blanks stand before a tag, as of a listing that somebody indented.", _LENIENT),
    "EDIGW-READ-E005": Advice("The last segment has no terminator, and the file ends with it. Nothing of it is missing.", _LENIENT),
    "EDIGW-READ-E006": Advice("Mainframes fill the last record of a file with blanks, NUL or SUB.", _LENIENT),
    "EDIGW-READ-E007": Advice("The file is of records of one width, so line ends stand inside segments. They are taken out.", _LENIENT),
    "EDIGW-READ-E008": Advice("From 004010 on GS04 has a century. The date is read as one of this.", _LENIENT),
    "EDIGW-READ-E009": Advice("GS01 names another functional group than the one the sets inside belong to. The sets are read by their own ST01.", _LENIENT),
    "EDIGW-READ-E010": Advice("Empty elements stand behind the last value of a segment.", _LENIENT),
    "EDIGW-READ-E011": Advice("Header and trailer have the same number, one of them with leading zeros.", _LENIENT),
    "EDIGW-READ-E012": Advice("UNOA has capitals, digits and a few signs only; nearly everybody who declares it sends lower case, too. It is read.", _LENIENT),
    "EDIGW-READ-E013": Advice("A transfer as text turned a separator of one byte into two. It is read as it came.", "ask for a transfer in binary mode; texts may have suffered, too"),
    "EDIGW-READ-E014": Advice("Header and trailer have the same reference, one of them with blanks around it.", _LENIENT),
}

_DOCUMENTS: Final = {
    "EDIGW-MAP-E101": Advice("The message was judged and answered, but there is no map for it, so there is no document to deliver.", "write a map (docs/maps.md), and name it under receive:"),
    "EDIGW-MAP-E102": Advice("The field is of a type (number, date) that the value cannot be made into. The value stands in the document's unmapped.", _MAP),
    "EDIGW-MAP-E103": Advice("The field holds one value and came twice; the first stays, the second stands in unmapped.", "bind it to a list (field*), or tell the two apart by a qualifier, in the partner's map"),
    "EDIGW-MAP-E104": Advice("The map says which value must stand here for its binding to apply, and another stands. What the binding would have read stands in unmapped.", _MAP),
    "EDIGW-MAP-E105": Advice("The map turns the code into a word by a table that does not have it. The code stands in the document as it was sent, or in unmapped.", "name it under codes: in the partner's map, with the word it stands for"),
    "EDIGW-MAP-E106": Advice("No binding names the value. It stands in unmapped, so that nothing is lost.", "bind it in the partner's map if the back office needs it; edigw coverage lists all of them"),
    "EDIGW-MAP-E107": Advice("A document of this kind needs the field: an order without its number can be neither found nor answered. The document is kept and waits for a person.", "ask the sender for it, or have the map read it from where the partner sends it; then edigw replay"),
    "EDIGW-MAP-E108": Advice("The document's totals and its lines disagree. It is noted only, for partners round and add differently.", "compare with the sender if the back office checks totals"),
    "EDIGW-MAP-E109": Advice("The partner's map says others: fault, and a qualifier came that it does not name.", "name the qualifier in the map, or set others: keep"),
    "EDIGW-MAP-E110": Advice("An HL or CPS names a parent that is not there, that stands below it or stands twice, or says wrongly whether others stand below it. What hangs on it stands at the root of the document, without an order or package; nothing is guessed.", "show the sender the segment; the document says no more of the order or package than the tree did"),

    "EDIGW-GUIDE-E001": Advice("The standard allows it to be left out; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E002": Advice("The standard allows it; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E003": Advice("The standard allows the element to be left out; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E004": Advice("The standard allows the element; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E005": Advice("The standard has the code; the guide of this partner names fewer.", _GUIDE),
    "EDIGW-GUIDE-E006": Advice("The standard allows a value this long; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E007": Advice("The guide of this partner asks for a form (pattern:) that the value does not have.", _GUIDE),
    "EDIGW-GUIDE-E008": Advice("The standard allows a value this short; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E009": Advice("The standard allows the segment as often as this; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E010": Advice("The standard allows the loop as often as this; the guide of this partner does not.", _GUIDE),
    "EDIGW-GUIDE-E011": Advice("The standard allows the loop to be left out; the guide of this partner does not.", _GUIDE),
}
# fmt: on

ADVICE: Final[Mapping[str, Advice]] = MappingProxyType({**_ENVELOPES, **_MESSAGES, **_LENIENCIES, **_DOCUMENTS})
