"""Simple values of the documents: text, decimals, days; and the root of every part.

A document's member is either a simple value, a part, or a list of these; there is no
third shape, so that maps and JSON Schema can name every one by a path. Nothing stands
for "not sent": what the partner left out is left out here.

Values are kept as the partner sent them wherever that can be told apart from noise.
Quantities and money are decimal *text*, because a float would change them and a JSON
number would invite one. Codes have been turned into words by the map; a code that no
table knows stays what it was.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

DECIMAL = r"^-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)$"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
CLOCK = f"^{_CLOCK}$"
DAY = rf"^[0-9]{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:T{_CLOCK})?$"


def _plain(value: Any) -> Any:
    """A Decimal or int as text without an exponent; anything else is left for the pattern."""
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


class _DecimalText:
    """Decimal text, checked in one native step; Python is asked only about what is not text yet."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(pattern=DECIMAL, max_length=64)
        return core_schema.union_schema(
            [text, core_schema.no_info_before_validator_function(_plain, text)],
            mode="left_to_right",
            custom_error_type="decimal_text",
            custom_error_message="is no decimal number in plain digits",
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": DECIMAL, "maxLength": 64}


class _WholeNumber:
    """An int, or its digits. int() alone would take " 1", "1_0" and Arabic digits."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        digits = core_schema.str_schema(pattern=r"^-?[0-9]{1,18}$")
        return core_schema.union_schema(
            [core_schema.int_schema(strict=True), core_schema.no_info_after_validator_function(int, digits)],
            mode="left_to_right",
            custom_error_type="whole_number",
            custom_error_message="is no whole number",
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "integer"}


#: At least one character. A blank value is a value; an empty one was not sent.
Text = Annotated[str, StringConstraints(min_length=1)]

#: Decimal text as sent: ``9.25``, ``-3``, ``.5``; never an exponent, a sign ``+`` or a comma.
Amount = Annotated[str, _DecimalText()]

#: ``2026-11-20``, or with the time of day where the partner sent one: ``2026-11-20T15:30``.
#: Whether the calendar has that day is judged by check, before any document is made.
Day = Annotated[str, StringConstraints(pattern=DAY)]

#: A time of day alone: ``15:30``.
Clock = Annotated[str, StringConstraints(pattern=CLOCK)]

#: A whole number of things (lines, days): a JSON number.
Count = Annotated[int, _WholeNumber()]


class Part(BaseModel):
    """The root of every part: members as declared, others refused."""

    model_config = ConfigDict(defer_build=True, extra="forbid", validate_default=False, ser_json_inf_nan="constants")
