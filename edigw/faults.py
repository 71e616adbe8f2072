"""What a partner's data did: one table of codes, and how each standard spells them.

Pure. Check, parsers, maps and acknowledgements all speak in these rows; ``docs/errors``
and ``edigw errors`` are made from them. To add a fault, add a row here, what it means and
what to do in ``advice``, and a small file in which it occurs in ``catalogue/examples``.

The severities are what users rely on by default: a missing mandatory element rejects, a code that is not
in the list is noted on the answer, a named leniency is only written down. A partner's
``policies.judge`` moves any level or code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from enum import Enum, IntEnum

from edigw.positions import Position, Syntax
from edigw.records import dataclass


class Severity(IntEnum):
    """How much a fault weighs. The worst of a message decides its verdict."""

    OFF = 0
    NOTE = 1
    WARN = 2
    REJECT = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Level(Enum):
    """Where in the judgement a fault belongs; ``policies.judge`` may name these."""

    ENVELOPE = "envelope"
    SYNTAX = "syntax"
    STRUCTURE = "structure"
    ELEMENT = "element"  #: shown as "structure" on the command line
    CODES = "codes"
    NOTES = "notes"  #: syntax and dependency notes: "cross-field" on the command line
    BUSINESS = "business"
    LENIENCY = "leniency"


class Place(Enum):
    """What the fault stands on; decides which segment of an answer can carry it."""

    FILE = "file"
    INTERCHANGE = "interchange"
    GROUP = "group"
    MESSAGE = "message"
    SEGMENT = "segment"
    ELEMENT = "element"


R, W, N, OFF = Severity.REJECT, Severity.WARN, Severity.NOTE, Severity.OFF


@dataclass(frozen=True, slots=True)
class Spelling:
    """One row: a stable code, its weight, and its spelling in each answer.

    *x12* is a TA105, AK905, AK502, AK304 or AK403 code by *place* (interchange, group,
    message, segment, element); *edifact* a 0085 code. ``""``: that answer has no word for it.
    """

    code: str
    level: Level
    place: Place
    x12: str
    edifact: str
    severity_x12: Severity
    severity_edifact: Severity
    text: str


class FaultCode(Enum):
    """What can be wrong with received data. The member name is for code, ``.value.code`` for people."""

    @property
    def code(self) -> str:
        return self.value.code

    @property
    def level(self) -> Level:
        return self.value.level

    @property
    def place(self) -> Place:
        return self.value.place

    def severity(self, syntax: Syntax) -> Severity:
        return self.value.severity_x12 if syntax == "x12" else self.value.severity_edifact

    def spelling(self, syntax: Syntax) -> str:
        return self.value.x12 if syntax == "x12" else self.value.edifact

    # Rows. Families: FILE, X12 and EDIFACT (envelopes), CHECK (inside a message),
    # READ (leniencies), MAP (what no map could read), GUIDE, BUSINESS.
    # fmt: off
    NOTHING_READABLE = Spelling("EDIGW-FILE-E001", Level.ENVELOPE, Place.FILE, "", "", R, R, "no ISA, UNA or UNB: nothing here is an interchange")
    STRAY_BYTES = Spelling("EDIGW-FILE-E002", Level.ENVELOPE, Place.FILE, "", "33", W, W, "bytes that belong to no interchange")
    FILE_EMPTY = Spelling("EDIGW-FILE-E003", Level.ENVELOPE, Place.FILE, "", "", R, R, "the file is empty")

    X12_ISA_DAMAGED = Spelling("EDIGW-X12-E001", Level.ENVELOPE, Place.INTERCHANGE, "022", "", R, R, "the ISA is not 106 characters with its 16 elements in their places")
    X12_IEA_DIFFERS = Spelling("EDIGW-X12-E002", Level.ENVELOPE, Place.INTERCHANGE, "001", "", R, R, "IEA02 is not the control number of ISA13")
    X12_IEA_MISSING = Spelling("EDIGW-X12-E003", Level.ENVELOPE, Place.INTERCHANGE, "023", "", R, R, "the interchange ends without IEA")
    X12_GROUP_COUNT = Spelling("EDIGW-X12-E004", Level.ENVELOPE, Place.INTERCHANGE, "021", "", R, R, "IEA01 is not the number of functional groups")
    X12_CONTROL_NUMBER = Spelling("EDIGW-X12-E005", Level.ENVELOPE, Place.INTERCHANGE, "018", "", R, R, "ISA13 is not nine digits")
    X12_VERSION = Spelling("EDIGW-X12-E006", Level.ENVELOPE, Place.INTERCHANGE, "017", "", R, R, "ISA12 is no interchange version we know")
    X12_SENDER_QUALIFIER = Spelling("EDIGW-X12-E007", Level.CODES, Place.INTERCHANGE, "005", "", W, W, "ISA05 is no interchange id qualifier")
    X12_RECEIVER_QUALIFIER = Spelling("EDIGW-X12-E008", Level.CODES, Place.INTERCHANGE, "007", "", W, W, "ISA07 is no interchange id qualifier")
    X12_AUTHORIZATION = Spelling("EDIGW-X12-E009", Level.CODES, Place.INTERCHANGE, "010", "", W, W, "ISA01 is no authorization information qualifier")
    X12_SECURITY = Spelling("EDIGW-X12-E010", Level.CODES, Place.INTERCHANGE, "012", "", W, W, "ISA03 is no security information qualifier")
    X12_DATE = Spelling("EDIGW-X12-E011", Level.ENVELOPE, Place.INTERCHANGE, "014", "", R, R, "ISA09 is no date")
    X12_TIME = Spelling("EDIGW-X12-E012", Level.ENVELOPE, Place.INTERCHANGE, "015", "", R, R, "ISA10 is no time")
    X12_ACK_REQUESTED = Spelling("EDIGW-X12-E013", Level.ENVELOPE, Place.INTERCHANGE, "019", "", W, W, "ISA14 is neither 0 nor 1")
    X12_TEST_INDICATOR = Spelling("EDIGW-X12-E014", Level.ENVELOPE, Place.INTERCHANGE, "020", "", W, W, "ISA15 is none of P, T, I")
    X12_DUPLICATE = Spelling("EDIGW-X12-E015", Level.ENVELOPE, Place.INTERCHANGE, "025", "", R, R, "this control number was used before for other bytes")
    X12_STRAY_SEGMENT = Spelling("EDIGW-X12-E016", Level.ENVELOPE, Place.INTERCHANGE, "024", "", R, R, "a segment stands outside every transaction set or group")
    X12_GS_DAMAGED = Spelling("EDIGW-X12-E017", Level.ENVELOPE, Place.INTERCHANGE, "024", "", R, R, "a GS cannot be read")
    X12_SENDER_UNKNOWN = Spelling("EDIGW-X12-E018", Level.ENVELOPE, Place.INTERCHANGE, "006", "", R, R, "the sender is no partner of ours")
    X12_RECEIVER_UNKNOWN = Spelling("EDIGW-X12-E019", Level.ENVELOPE, Place.INTERCHANGE, "009", "", R, R, "the receiver is not us")
    X12_GE_MISSING = Spelling("EDIGW-X12-E020", Level.ENVELOPE, Place.GROUP, "3", "", R, R, "the functional group ends without GE")
    X12_GE_DIFFERS = Spelling("EDIGW-X12-E021", Level.ENVELOPE, Place.GROUP, "4", "", R, R, "GE02 is not the control number of GS06")
    X12_SET_COUNT = Spelling("EDIGW-X12-E022", Level.ENVELOPE, Place.GROUP, "5", "", R, R, "GE01 is not the number of transaction sets")
    X12_GROUP_NUMBER = Spelling("EDIGW-X12-E023", Level.ENVELOPE, Place.GROUP, "6", "", R, R, "GS06 is not 1 to 9 digits")
    X12_GROUP_DUPLICATE = Spelling("EDIGW-X12-E024", Level.ENVELOPE, Place.GROUP, "19", "", R, R, "GS06 stands twice in this interchange")
    X12_GROUP_UNKNOWN = Spelling("EDIGW-X12-E025", Level.STRUCTURE, Place.GROUP, "1", "", R, R, "GS01 is no functional group we know")
    X12_GROUP_RELEASE = Spelling("EDIGW-X12-E026", Level.STRUCTURE, Place.GROUP, "2", "", R, R, "GS08 is no release we have")
    X12_SE_MISSING = Spelling("EDIGW-X12-E027", Level.ENVELOPE, Place.MESSAGE, "2", "", R, R, "the transaction set ends without SE")
    X12_SE_DIFFERS = Spelling("EDIGW-X12-E028", Level.ENVELOPE, Place.MESSAGE, "3", "", R, R, "SE02 is not the control number of ST02")
    X12_SEGMENT_COUNT = Spelling("EDIGW-X12-E029", Level.ENVELOPE, Place.MESSAGE, "4", "", R, R, "SE01 is not the number of segments")
    X12_SET_ID = Spelling("EDIGW-X12-E030", Level.ENVELOPE, Place.MESSAGE, "6", "", R, R, "ST01 is missing or no transaction set id")
    X12_SET_NUMBER = Spelling("EDIGW-X12-E031", Level.ENVELOPE, Place.MESSAGE, "7", "", R, R, "ST02 is missing or not 4 to 9 characters")
    X12_SET_DUPLICATE = Spelling("EDIGW-X12-E032", Level.ENVELOPE, Place.MESSAGE, "23", "", R, R, "ST02 stands twice in this functional group")
    X12_GROUP_EMPTY = Spelling("EDIGW-X12-E033", Level.ENVELOPE, Place.GROUP, "", "", W, W, "the functional group holds no transaction set")
    X12_EMPTY = Spelling("EDIGW-X12-E034", Level.ENVELOPE, Place.INTERCHANGE, "024", "", W, W, "the interchange holds no functional group")

    EDIFACT_UNZ_MISSING = Spelling("EDIGW-EDIFACT-E001", Level.ENVELOPE, Place.INTERCHANGE, "", "13", R, R, "the interchange ends without UNZ")
    EDIFACT_UNZ_DIFFERS = Spelling("EDIGW-EDIFACT-E002", Level.ENVELOPE, Place.INTERCHANGE, "", "28", R, R, "UNZ 0020 is not the reference of UNB 0020")
    EDIFACT_UNZ_COUNT = Spelling("EDIGW-EDIFACT-E003", Level.ENVELOPE, Place.INTERCHANGE, "", "29", R, R, "UNZ 0036 is not the number of messages or groups")
    EDIFACT_SYNTAX_VERSION = Spelling("EDIGW-EDIFACT-E004", Level.ENVELOPE, Place.INTERCHANGE, "", "2", R, R, "the UNB's syntax version is none we know")
    EDIFACT_SYNTAX_ID = Spelling("EDIGW-EDIFACT-E005", Level.ENVELOPE, Place.INTERCHANGE, "", "46", R, R, "the UNB's syntax identifier is none we know")
    EDIFACT_UNB_INCOMPLETE = Spelling("EDIGW-EDIFACT-E006", Level.ENVELOPE, Place.INTERCHANGE, "", "13", R, R, "the UNB lacks a mandatory element")
    EDIFACT_UNB_VALUE = Spelling("EDIGW-EDIFACT-E007", Level.ENVELOPE, Place.INTERCHANGE, "", "12", R, R, "a UNB value is not allowed")
    EDIFACT_UNA_DAMAGED = Spelling("EDIGW-EDIFACT-E008", Level.ENVELOPE, Place.INTERCHANGE, "", "20", R, R, "the UNA is not nine characters of different service characters")
    EDIFACT_DUPLICATE = Spelling("EDIGW-EDIFACT-E009", Level.ENVELOPE, Place.INTERCHANGE, "", "26", R, R, "this control reference was used before for other bytes")
    EDIFACT_SENDER_UNKNOWN = Spelling("EDIGW-EDIFACT-E010", Level.ENVELOPE, Place.INTERCHANGE, "", "23", R, R, "the sender is no partner of ours")
    EDIFACT_NOT_RECIPIENT = Spelling("EDIGW-EDIFACT-E011", Level.ENVELOPE, Place.INTERCHANGE, "", "7", R, R, "the recipient is not us")
    EDIFACT_STRAY_SEGMENT = Spelling("EDIGW-EDIFACT-E012", Level.ENVELOPE, Place.INTERCHANGE, "", "33", R, R, "a segment stands outside every message")
    EDIFACT_MIXED = Spelling("EDIGW-EDIFACT-E013", Level.ENVELOPE, Place.INTERCHANGE, "", "30", R, R, "groups and loose messages in one interchange")
    EDIFACT_EMPTY = Spelling("EDIGW-EDIFACT-E014", Level.ENVELOPE, Place.INTERCHANGE, "", "32", R, R, "the interchange holds no message")
    EDIFACT_UNE_MISSING = Spelling("EDIGW-EDIFACT-E015", Level.ENVELOPE, Place.GROUP, "", "13", R, R, "the group ends without UNE")
    EDIFACT_UNE_DIFFERS = Spelling("EDIGW-EDIFACT-E016", Level.ENVELOPE, Place.GROUP, "", "28", R, R, "UNE 0048 is not the reference of UNG 0048")
    EDIFACT_UNE_COUNT = Spelling("EDIGW-EDIFACT-E017", Level.ENVELOPE, Place.GROUP, "", "29", R, R, "UNE 0060 is not the number of messages")
    EDIFACT_GROUP_TYPES = Spelling("EDIGW-EDIFACT-E018", Level.ENVELOPE, Place.GROUP, "", "31", R, R, "messages of several types in one group")
    EDIFACT_UNT_MISSING = Spelling("EDIGW-EDIFACT-E019", Level.ENVELOPE, Place.MESSAGE, "", "13", R, R, "the message ends without UNT")
    EDIFACT_UNT_DIFFERS = Spelling("EDIGW-EDIFACT-E020", Level.ENVELOPE, Place.MESSAGE, "", "28", R, R, "UNT 0062 is not the reference of UNH 0062")
    EDIFACT_SEGMENT_COUNT = Spelling("EDIGW-EDIFACT-E021", Level.ENVELOPE, Place.MESSAGE, "", "29", R, R, "UNT 0074 is not the number of segments")
    EDIFACT_UNH_INCOMPLETE = Spelling("EDIGW-EDIFACT-E022", Level.ENVELOPE, Place.MESSAGE, "", "13", R, R, "the UNH lacks its reference or message identifier")
    EDIFACT_REFERENCE_DUPLICATE = Spelling("EDIGW-EDIFACT-E023", Level.ENVELOPE, Place.MESSAGE, "", "26", R, R, "UNH 0062 stands twice in this interchange")
    EDIFACT_GROUP_EMPTY = Spelling("EDIGW-EDIFACT-E024", Level.ENVELOPE, Place.GROUP, "", "32", W, W, "the group holds no message")

    MESSAGE_UNKNOWN = Spelling("EDIGW-CHECK-E001", Level.STRUCTURE, Place.MESSAGE, "1", "14", R, R, "a message type or release we have no table for")
    MESSAGE_NOT_AGREED = Spelling("EDIGW-CHECK-E002", Level.STRUCTURE, Place.MESSAGE, "1", "17", R, R, "the partner's file does not agree to this message")
    SEGMENT_UNKNOWN = Spelling("EDIGW-CHECK-E010", Level.STRUCTURE, Place.SEGMENT, "1", "15", R, R, "the release has no such segment")
    SEGMENT_UNEXPECTED = Spelling("EDIGW-CHECK-E011", Level.STRUCTURE, Place.SEGMENT, "2", "15", R, R, "the segment is not expected here")
    SEGMENT_MISSING = Spelling("EDIGW-CHECK-E012", Level.STRUCTURE, Place.SEGMENT, "3", "13", R, R, "a mandatory segment is missing")
    LOOP_TOO_OFTEN = Spelling("EDIGW-CHECK-E013", Level.STRUCTURE, Place.SEGMENT, "4", "36", R, R, "the loop stands more often than the table allows")
    SEGMENT_TOO_OFTEN = Spelling("EDIGW-CHECK-E014", Level.STRUCTURE, Place.SEGMENT, "5", "35", R, R, "the segment stands more often than the table allows")
    SEGMENT_NOT_IN_SET = Spelling("EDIGW-CHECK-E015", Level.STRUCTURE, Place.SEGMENT, "6", "15", R, R, "the message has no such segment")
    SEGMENT_OUT_OF_ORDER = Spelling("EDIGW-CHECK-E016", Level.STRUCTURE, Place.SEGMENT, "7", "15", R, R, "the segment is out of sequence")
    SEGMENT_EMPTY = Spelling("EDIGW-CHECK-E017", Level.SYNTAX, Place.SEGMENT, "8", "13", R, R, "the segment carries no element")
    ELEMENT_MISSING = Spelling("EDIGW-CHECK-E020", Level.ELEMENT, Place.ELEMENT, "1", "13", R, R, "a mandatory element is missing")
    ELEMENT_CONDITION = Spelling("EDIGW-CHECK-E021", Level.NOTES, Place.ELEMENT, "2", "48", W, W, "an element is missing that another one here requires")
    ELEMENTS_TOO_MANY = Spelling("EDIGW-CHECK-E022", Level.ELEMENT, Place.ELEMENT, "3", "16", R, R, "the segment has more elements than the release knows")
    ELEMENT_TOO_SHORT = Spelling("EDIGW-CHECK-E023", Level.ELEMENT, Place.ELEMENT, "4", "40", W, W, "the value is shorter than allowed")
    ELEMENT_TOO_LONG = Spelling("EDIGW-CHECK-E024", Level.ELEMENT, Place.ELEMENT, "5", "39", R, R, "the value is longer than allowed")
    ELEMENT_CHARACTER = Spelling("EDIGW-CHECK-E025", Level.ELEMENT, Place.ELEMENT, "6", "37", R, R, "the value's characters are not those of its type")
    ELEMENT_CODE = Spelling("EDIGW-CHECK-E026", Level.CODES, Place.ELEMENT, "7", "12", W, W, "the code is not in the release's list")
    ELEMENT_DATE = Spelling("EDIGW-CHECK-E027", Level.ELEMENT, Place.ELEMENT, "8", "12", R, R, "the value is no date")
    ELEMENT_TIME = Spelling("EDIGW-CHECK-E028", Level.ELEMENT, Place.ELEMENT, "9", "12", R, R, "the value is no time")
    ELEMENT_EXCLUSION = Spelling("EDIGW-CHECK-E029", Level.NOTES, Place.ELEMENT, "10", "48", W, W, "an element stands that another one here excludes")
    REPEATS_TOO_MANY = Spelling("EDIGW-CHECK-E030", Level.ELEMENT, Place.ELEMENT, "12", "35", R, R, "the element is repeated more often than allowed")
    COMPONENTS_TOO_MANY = Spelling("EDIGW-CHECK-E031", Level.ELEMENT, Place.ELEMENT, "13", "16", R, R, "the composite has more components than the release knows")
    ELEMENT_CHARSET = Spelling("EDIGW-CHECK-E032", Level.SYNTAX, Place.ELEMENT, "6", "21", W, W, "a character is not in the declared character set")
    DECIMAL_MARK = Spelling("EDIGW-CHECK-E033", Level.ELEMENT, Place.ELEMENT, "6", "19", R, R, "the decimal mark is not the interchange's")
    NO_DIGIT_BEFORE_DECIMAL = Spelling("EDIGW-CHECK-E034", Level.ELEMENT, Place.ELEMENT, "", "38", N, W, "no digit stands before the decimal mark")
    TRAILING_SEPARATOR = Spelling("EDIGW-CHECK-E035", Level.SYNTAX, Place.ELEMENT, "", "45", N, W, "separators stand behind the last value")
    LOOP_IDENTIFIER = Spelling("EDIGW-CHECK-E036", Level.NOTES, Place.ELEMENT, "7", "", W, N, "LE01 is not the identifier of the loop that LS01 opened")
    COUNT_DISAGREES = Spelling("EDIGW-CHECK-E040", Level.NOTES, Place.ELEMENT, "7", "29", W, W, "a control total does not add up")
    LIMIT_EXCEEDED = Spelling("EDIGW-CHECK-E050", Level.SYNTAX, Place.MESSAGE, "5", "18", R, R, "the message is beyond what the gateway reads")

    LENIENT_BOM = Spelling("EDIGW-READ-E001", Level.LENIENCY, Place.INTERCHANGE, "", "", N, N, "a byte order mark before the interchange")
    LENIENT_LINE_ENDS = Spelling("EDIGW-READ-E002", Level.LENIENCY, Place.INTERCHANGE, "", "", OFF, OFF, "line ends behind the terminators")
    LENIENT_BLANK_SEGMENT = Spelling("EDIGW-READ-E003", Level.LENIENCY, Place.MESSAGE, "", "", N, N, "an empty segment between two terminators")
    LENIENT_INDENT = Spelling("EDIGW-READ-E004", Level.LENIENCY, Place.MESSAGE, "", "", N, N, "blanks before a segment tag")
    LENIENT_LAST_TERMINATOR = Spelling("EDIGW-READ-E005", Level.LENIENCY, Place.INTERCHANGE, "", "", N, N, "the last terminator is missing at the end of the file")
    LENIENT_PADDING = Spelling("EDIGW-READ-E006", Level.LENIENCY, Place.INTERCHANGE, "", "", N, N, "blanks, SUB or NUL behind the interchange")
    LENIENT_WRAPPED = Spelling("EDIGW-READ-E007", Level.LENIENCY, Place.INTERCHANGE, "", "", N, N, "line ends inside segments, as of 80-column records")
    LENIENT_GROUP_DATE = Spelling("EDIGW-READ-E008", Level.LENIENCY, Place.GROUP, "", "", N, N, "a six-digit date in GS04")
    LENIENT_GROUP_TYPE = Spelling("EDIGW-READ-E009", Level.LENIENCY, Place.GROUP, "", "", N, N, "GS01 is not the group of the transaction sets inside")
    LENIENT_TRAILING_EMPTY = Spelling("EDIGW-READ-E010", Level.LENIENCY, Place.SEGMENT, "", "", N, N, "empty elements behind the last value")
    LENIENT_ZEROS = Spelling("EDIGW-READ-E011", Level.LENIENCY, Place.INTERCHANGE, "", "", N, N, "leading zeros in an otherwise equal reference")
    LENIENT_CHARSET = Spelling("EDIGW-READ-E012", Level.LENIENCY, Place.MESSAGE, "", "", N, N, "lower case, or signs beyond level A, under UNOA")
    LENIENT_MULTIBYTE = Spelling("EDIGW-READ-E013", Level.LENIENCY, Place.INTERCHANGE, "", "", N, N, "a separator that a text-mode transfer made longer than one byte")
    LENIENT_REFERENCE_BLANKS = Spelling("EDIGW-READ-E014", Level.LENIENCY, Place.INTERCHANGE, "", "", N, N, "blanks around an otherwise equal reference")

    MAP_NOTHING = Spelling("EDIGW-MAP-E101", Level.BUSINESS, Place.MESSAGE, "", "", N, N, "no map reads this message type")
    MAP_VALUE = Spelling("EDIGW-MAP-E102", Level.BUSINESS, Place.ELEMENT, "", "", N, N, "the map cannot make a value of this")
    MAP_SECOND_VALUE = Spelling("EDIGW-MAP-E103", Level.BUSINESS, Place.ELEMENT, "", "", N, N, "a second value for a field that holds one")
    MAP_IS_DIFFERS = Spelling("EDIGW-MAP-E104", Level.BUSINESS, Place.ELEMENT, "", "", N, N, "the map expects another value here")
    MAP_CODE_UNKNOWN = Spelling("EDIGW-MAP-E105", Level.BUSINESS, Place.ELEMENT, "", "", N, N, "the map's code table has no word for this code")
    MAP_UNMAPPED = Spelling("EDIGW-MAP-E106", Level.BUSINESS, Place.ELEMENT, "", "", OFF, OFF, "no map names this; it stands in unmapped")
    MAP_DOCUMENT = Spelling("EDIGW-MAP-E107", Level.BUSINESS, Place.MESSAGE, "", "", W, W, "the document lacks what its kind requires")
    MAP_TOTAL = Spelling("EDIGW-MAP-E108", Level.BUSINESS, Place.MESSAGE, "", "", N, N, "a total in the document does not add up")
    MAP_OTHERS = Spelling("EDIGW-MAP-E109", Level.BUSINESS, Place.ELEMENT, "", "", R, R, "a qualifier the partner's map forbids")
    MAP_TREE = Spelling("EDIGW-MAP-E110", Level.BUSINESS, Place.ELEMENT, "", "", N, N, "a pointer of the tree does not fit")

    GUIDE_REQUIRED = Spelling("EDIGW-GUIDE-E001", Level.STRUCTURE, Place.SEGMENT, "3", "13", R, R, "the partner's guide requires this")
    GUIDE_FORBIDDEN = Spelling("EDIGW-GUIDE-E002", Level.STRUCTURE, Place.SEGMENT, "2", "15", R, R, "the partner's guide forbids this")
    GUIDE_ELEMENT_REQUIRED = Spelling("EDIGW-GUIDE-E003", Level.ELEMENT, Place.ELEMENT, "1", "13", R, R, "the partner's guide requires this element")
    GUIDE_ELEMENT_FORBIDDEN = Spelling("EDIGW-GUIDE-E004", Level.ELEMENT, Place.ELEMENT, "10", "15", R, R, "the partner's guide forbids this element")
    GUIDE_CODE = Spelling("EDIGW-GUIDE-E005", Level.ELEMENT, Place.ELEMENT, "7", "12", R, R, "the code is not among those of the partner's guide")
    GUIDE_LENGTH = Spelling("EDIGW-GUIDE-E006", Level.ELEMENT, Place.ELEMENT, "5", "39", R, R, "the value is longer than the partner's guide allows")
    GUIDE_PATTERN = Spelling("EDIGW-GUIDE-E007", Level.ELEMENT, Place.ELEMENT, "7", "12", R, R, "the value is not of the form the partner's guide asks for")
    GUIDE_TOO_SHORT = Spelling("EDIGW-GUIDE-E008", Level.ELEMENT, Place.ELEMENT, "4", "40", R, R, "the value is shorter than the partner's guide allows")
    GUIDE_SEGMENT_TOO_OFTEN = Spelling("EDIGW-GUIDE-E009", Level.STRUCTURE, Place.SEGMENT, "5", "35", R, R, "the segment stands more often than the partner's guide allows")
    GUIDE_LOOP_TOO_OFTEN = Spelling("EDIGW-GUIDE-E010", Level.STRUCTURE, Place.SEGMENT, "4", "36", R, R, "the loop stands more often than the partner's guide allows")
    GUIDE_LOOP_REQUIRED = Spelling("EDIGW-GUIDE-E011", Level.STRUCTURE, Place.SEGMENT, "3", "13", R, R, "the partner's guide requires this loop")
    # fmt: on


_BY_CODE: dict[str, FaultCode] = {member.value.code: member for member in FaultCode}


def by_code(code: str) -> FaultCode:
    """The row of a printed *code* (``EDIGW-X12-E017``). Raises KeyError for one we never print."""
    return _BY_CODE[code]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with received data, at its place.

    *value* is the offending value in real characters, at most 99 of them, ``""`` where
    nothing was sent or the value must not travel (invalid characters). *note* completes the
    table's words for this case ("8 declared, 7 counted"). *segment* is the tag at the place
    (for a missing one the tag that should be there); *loop* the loop it stands in, for AK303;
    *element_id* the data element number, for AK402. *severity* starts as the table's.
    """

    code: FaultCode
    at: Position
    value: str = ""
    note: str = ""
    segment: str = ""
    loop: str = ""
    element_id: str = ""
    severity: Severity = Severity.REJECT
    because: tuple[str, Position] | None = None  #: tag and place of the condition of a guide that asked for it, for CTX

    def __str__(self) -> str:
        shown = f" {self.value!r}" if self.value else ""
        note = f" ({self.note})" if self.note else ""
        return f"{self.code.code} {self.segment} {self.at.short}: {self.code.value.text}{shown}{note}"


def fault(syntax: Syntax, code: FaultCode, at: Position, value: str = "", note: str = "", *, segment: str = "", loop: str = "", element_id: str = "") -> Fault:
    """A fault with the severity the table gives it in *syntax*."""
    return Fault(code, at, value[:99], note, segment, loop, element_id, code.severity(syntax))


class Verdict(Enum):
    """What the judge says of one message."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted-with-errors"
    REJECTED = "rejected"


def verdict(faults: Iterable[Fault]) -> Verdict:
    """REJECTED if any fault rejects, ACCEPTED_WITH_ERRORS if any warns, else ACCEPTED."""
    worst = max((f.severity for f in faults), default=Severity.OFF)
    if worst is Severity.REJECT:
        return Verdict.REJECTED
    return Verdict.ACCEPTED_WITH_ERRORS if worst is Severity.WARN else Verdict.ACCEPTED


@dataclass(frozen=True, slots=True)
class Policy:
    """What one partner changes in the severities: by code, or by level; the code wins.

    *strict* turns every note and warning into a rejection (``faults --strict``).
    """

    levels: Mapping[Level, Severity] = field(default_factory=dict)
    codes: Mapping[str, Severity] = field(default_factory=dict)
    strict: bool = False

    def weigh(self, fault: Fault) -> Fault:
        """*fault* with the severity this policy gives it."""
        severity = self.codes.get(fault.code.code, self.levels.get(fault.code.level, fault.severity))
        if self.strict and severity is not Severity.OFF:
            severity = Severity.REJECT
        return fault if severity is fault.severity else replace(fault, severity=severity)

    def apply(self, faults: Iterable[Fault]) -> list[Fault]:
        """Every fault weighed; those switched off are left out."""
        weighed = (self.weigh(one) for one in faults)
        return [one for one in weighed if one.severity is not Severity.OFF]
