"""What the codes of acknowledgements mean, in plain words. Tables only.

For reading what partners answer to us. What *we* say comes from ``faults``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_Table = Mapping[str, str]

#: TA105, element I18.
INTERCHANGE_NOTES: Final[_Table] = MappingProxyType(
    {
        "000": "no error",
        "001": "the control numbers of ISA and IEA differ",
        "002": "the standard named in the ISA is not supported",
        "003": "the version of the controls is not supported",
        "004": "the segment terminator is invalid",
        "005": "the sender's qualifier is invalid",
        "006": "the sender's id is invalid",
        "007": "the receiver's qualifier is invalid",
        "008": "the receiver's id is invalid",
        "009": "the receiver is unknown",
        "010": "the authorization qualifier is invalid",
        "011": "the authorization value is invalid",
        "012": "the security qualifier is invalid",
        "013": "the security value is invalid",
        "014": "the interchange date is invalid",
        "015": "the interchange time is invalid",
        "016": "the standards identifier is invalid",
        "017": "the version of the interchange is invalid",
        "018": "the interchange control number is invalid",
        "019": "the acknowledgement request is invalid",
        "020": "the test indicator is invalid",
        "021": "the number of functional groups is wrong",
        "022": "the control structure is invalid",
        "023": "the file ended before the interchange did",
        "024": "the content is invalid, as of a bad GS",
        "025": "the control number was used before",
        "026": "the element separator is invalid",
        "027": "the component separator is invalid",
        "028": "the delivery date asked for is invalid",
        "029": "the delivery time asked for is invalid",
        "030": "the delivery time code is invalid",
        "031": "the grade of service is invalid",
    }
)

#: AK905.., element 716.
GROUP_ERRORS: Final[_Table] = MappingProxyType(
    {
        "1": "the functional group is not supported",
        "2": "the group's version is not supported",
        "3": "the group's trailer is missing",
        "4": "the control numbers of group header and trailer differ",
        "5": "the number of transaction sets is wrong",
        "6": "the group's control number is malformed",
        "19": "the group's control number stands twice in the interchange",
    }
)

#: AK502.., element 718, and IK502.., element 618.
SET_ERRORS: Final[_Table] = MappingProxyType(
    {
        "1": "the transaction set is not supported",
        "2": "the set's trailer is missing",
        "3": "the control numbers of set header and trailer differ",
        "4": "the number of segments is wrong",
        "5": "segments are in error",
        "6": "the transaction set identifier is missing or invalid",
        "7": "the set's control number is missing or invalid",
        "23": "the set's control number stands twice in the group",
        "I5": "the implementation guide was not kept",
        "I6": "the implementation guide is not supported",
    }
)

#: AK304, element 720, and IK304, element 620.
SEGMENT_ERRORS: Final[_Table] = MappingProxyType(
    {
        "1": "the segment is unknown",
        "2": "the segment is not expected here",
        "3": "a mandatory segment is missing",
        "4": "the loop stands too often",
        "5": "the segment stands too often",
        "6": "the transaction set has no such segment",
        "7": "the segment is out of sequence",
        "8": "elements of the segment are in error",
        "10": "separators stand behind the last element",
        "I4": "the guide does not use this segment",
        "I6": "a segment is missing that another one requires",
        "I7": "the loop stands less often than the guide asks",
        "I8": "the segment stands less often than the guide asks",
        "I9": "a segment stands that another one excludes",
    }
)

#: AK403, element 723, and IK403, element 621.
ELEMENT_ERRORS: Final[_Table] = MappingProxyType(
    {
        "1": "a mandatory element is missing",
        "2": "an element is missing that another one requires",
        "3": "there are too many elements",
        "4": "the value is too short",
        "5": "the value is too long",
        "6": "the value holds an invalid character",
        "7": "the code is invalid",
        "8": "the date is invalid",
        "9": "the time is invalid",
        "10": "an element stands that another one excludes",
        "12": "the element is repeated too often",
        "13": "there are too many components",
        "I6": "the guide does not use this code",
        "I9": "an element is missing that another one requires by the guide",
        "I10": "the guide does not use this element",
        "I11": "the element is repeated less often than the guide asks",
        "I12": "the value is not of the form the guide asks for",
        "I13": "an element stands that another one excludes by the guide",
    }
)

#: 0085. From 1 to 11 of the older list: read, never sent, but for 2 and 7.
SYNTAX_ERRORS: Final[_Table] = MappingProxyType(
    {
        "1": "UNA is not supported",
        "2": "the syntax version or level is not supported",
        "3": "the message's version or release is not supported",
        "4": "a service segment is missing or invalid",
        "5": "a trailer is in error",
        "6": "a segment is missing or invalid",
        "7": "the recipient named is not the one who received it",
        "8": "there are too many elements in a segment",
        "9": "a mandatory element is missing",
        "10": "an element is not of its form",
        "11": "the password is invalid",
        "12": "the value is invalid",
        "13": "something mandatory is missing",
        "14": "the value is not supported in this place",
        "15": "the segment or element is not supported in this place",
        "16": "there are too many elements or components",
        "17": "there is no agreement for this",
        "18": "an error that has no code of its own",
        "19": "the decimal mark is wrong",
        "20": "a character is no service character",
        "21": "a character is invalid",
        "22": "a service character is invalid",
        "23": "the sender is unknown",
        "24": "it is too old",
        "25": "tests are not supported",
        "26": "it was received before",
        "27": "a security function is not supported",
        "28": "the references of header and trailer differ",
        "29": "a control count is wrong",
        "30": "groups and messages are mixed",
        "31": "a group holds messages of several types",
        "32": "the level below is empty",
        "33": "data stands outside of a message or group",
        "34": "a nesting indicator is not allowed",
        "35": "a segment or element stands too often",
        "36": "a segment group stands too often",
        "37": "the characters are not of the value's type",
        "38": "no digit stands before the decimal mark",
        "39": "the value is too long",
        "40": "the value is too short",
        "41": "the network failed for good",
        "42": "the network failed for now",
        "43": "the recipient is unknown",
        "44": "the application cannot be reached for now",
        "45": "separators stand behind the last value",
        "46": "the character set is not supported",
        "47": "a function of the envelope is not supported",
        "48": "a dependency is not kept",
    }
)
