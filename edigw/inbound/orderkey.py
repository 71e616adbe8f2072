"""What must reach the back office in the order of its arrival bears one key: everything about one order of one partner."""

from __future__ import annotations

from edigw.agreements import Partner
from edigw.judge import JudgedMessage


def order_key(one: JudgedMessage, partner: Partner) -> str:
    """The key of a judged message; ``""`` where the partner wants no order, or there is no number to go by.

    A response counts to the order it answers, whatever number it bears itself.
    """
    if not one.key or partner.policies.order != "by-key":
        return ""
    if one.kind == "order_response":
        return f"{partner.name}/order/{next((value for name, value in one.keys if name == 'order_number'), one.key)}"
    return f"{partner.name}/{one.kind}/{one.key}"
