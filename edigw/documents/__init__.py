"""The canonical documents: what the back office gets, whoever sent it and in whatever syntax.

Pure. A map fills plain dicts; ``finish`` validates them once and gives the bytes that are
delivered. A document that lacks what its kind requires becomes no bytes but faults, and
the message is held; everything else that is odd is said beside the bytes, for a document
that is odd is worth more than none.

    order  order_response  despatch_advice  invoice
"""

from edigw.documents.contents import contents
from edigw.documents.kinds import KINDS, Finished, finish, schema
from edigw.documents.members import Member, member

__all__ = ["KINDS", "Finished", "Member", "contents", "finish", "member", "schema"]
