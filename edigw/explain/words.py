"""What the commonest X12 codes stand for, by data element, in our own words. A table only.

The X12 dictionaries name segments and elements but no codes; EDIFACT's name all three. These
are the codes that retail orders, responses, despatch advices and invoices are made of. A code
that is not here is shown as it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edigw import standards
from edigw.acks import words
from edigw.model import Syntax

_PARTIES = {
    "BS": "bill and ship to", "BT": "bill to", "BY": "buyer", "CN": "consignee", "CA": "carrier", "MA": "mark for",
                "MF": "manufacturer",
    "OB": "ordered by", "PE": "payee", "PR": "payer", "RE": "remit to", "RI": "remit to", "SE": "seller", "SF": "ship from",
    "SH": "shipper", "SO": "sold to", "ST": "ship to", "SU": "supplier", "VN": "vendor", "WH": "warehouse", "Z7": "mark for",
}  # fmt: skip

_PRODUCT_IDS = {
    "BO": "buyer's colour", "BP": "buyer's part number", "CB": "buyer's catalogue number", "EN": "GTIN-13", "EO": "GTIN-8",
    "HD": "HTS number", "IN": "buyer's item number", "IT": "buyer's style number", "IZ": "buyer's size code", "LT": "lot number",
    "MF": "manufacturer", "MG": "manufacturer's part number", "MN": "model number", "ND": "NDC", "PI": "purchaser's item code",
    "SK": "stock keeping unit", "SN": "serial number", "UA": "U.P.C. case code", "UI": "U.P.C. 1-5-5", "UK": "GTIN-14",
    "UP": "GTIN-12 (U.P.C.)", "VA": "vendor's style number", "VC": "vendor's catalogue number", "VN": "vendor's item number",
    "VP": "vendor's part number", "ZZ": "as agreed",
}  # fmt: skip

_UNITS = {
    "BG": "bag", "BX": "box", "CA": "case", "CN": "can", "CS": "case", "CT": "carton", "DZ": "dozen", "EA": "each", "FT": "foot",
    "GA": "gallon", "GR": "gram", "KG": "kilogram", "KT": "kit", "LB": "pound", "LT": "litre", "MR": "metre", "OZ": "ounce",
    "PA": "pail", "PC": "piece", "PK": "package", "PL": "pallet", "PR": "pair", "RL": "roll", "ST": "set", "UN": "unit",
    "YD": "yard", "CF": "cubic foot", "CI": "cubic inch", "CR": "cubic metre",
}  # fmt: skip

_DATES = {
    "001": "cancel after", "002": "delivery requested", "003": "invoice", "004": "purchase order", "010": "requested ship",
    "011": "shipped", "015": "promotion start", "017": "estimated delivery", "035": "delivered", "036": "expiration",
    "037": "ship not before", "038": "ship no later", "043": "publication", "050": "received", "061": "cancel if not delivered by",
    "063": "do not deliver after", "064": "do not deliver before", "067": "current schedule delivery", "068": "current schedule ship",
    "069": "promised delivery", "074": "requested delivery until", "076": "scheduled delivery until", "079": "promised ship",
    "086": "scheduled ship until", "102": "issue", "106": "required by", "118": "requested pick-up", "168": "release",
    "371": "estimated arrival", "370": "actual departure",
}  # fmt: skip

_REFERENCES = {
    "2I": "tracking number", "4N": "special payment reference", "AB": "acceptable source number", "AN": "associated purchase orders",
    "BM": "bill of lading", "BT": "batch number", "BX": "buyer's shipment mark", "CN": "carrier's reference (PRO)",
                "CO": "customer order",
    "CR": "customer reference", "CT": "contract", "DP": "department", "GT": "goods and services tax number",
                "IA": "internal vendor number",
    "IV": "seller's invoice", "LO": "load planning number", "MA": "ship notice", "MB": "master bill of lading",
                "MR": "merchandise type",
    "OI": "original invoice", "ON": "dealer order", "PD": "promotion or deal", "PK": "packing list", "PL": "price list",
    "PO": "purchase order", "QN": "stop sequence", "RU": "route", "SI": "shipper's identifying number", "ST": "store", "SN": "seal",
    "TN": "transaction reference", "TJ": "federal taxpayer number", "VN": "vendor order", "VR": "vendor id",
                "YD": "buyer identification",
    "ZZ": "as agreed",
}  # fmt: skip

_X12: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "92": {
            "SA": "stand-alone order", "NE": "new order", "BK": "blanket order", "BE": "blanket order, estimated", "RL": "release",
            "RE": "reorder", "RO": "rush order", "DS": "dropship", "DR": "direct ship", "CF": "confirmation", "CN": "consignment",
            "KN": "purchase order", "OS": "special order", "SP": "sample order", "SS": "supply or service order", "PR": "promotion",
            "IN": "information copy",
        },
        "98": _PARTIES,
        "91": {"M": "road", "LT": "road, part load", "A": "air", "AE": "air express", "R": "rail", "S": "ocean", "U": "parcel",
               "H": "customer pickup", "X": "intermodal", "J": "motor", "ZZ": "as agreed"},
        "66": {"1": "DUNS", "2": "SCAC", "9": "DUNS with 4 digits", "91": "assigned by the seller", "92": "assigned by the buyer",
               "93": "assigned by the sender", "94": "assigned by the receiver", "UL": "GLN", "ZZ": "as agreed", "12": "telephone",
               "15": "SAN", "16": "ZIP code", "FI": "federal taxpayer id", "21": "HIN"},
        "128": _REFERENCES,
        "235": _PRODUCT_IDS,
        "248": {"A": "allowance", "C": "charge", "N": "no allowance or charge", "P": "promotion", "S": "service", "Q": "charge request",
                "R": "allowance request"},
        "331": {"01": "bill back", "02": "off invoice", "03": "vendor check to customer", "04": "credit to customer",
                "05": "paid by vendor",
                "06": "paid by customer"},
        "333": {"1": "ship date", "2": "delivery date", "3": "invoice date", "4": "specified date", "5": "invoice receipt",
                "8": "invoice transmission", "15": "receipt of goods"},
        "336": {"01": "basic", "02": "end of month", "03": "fixed date", "04": "deferred", "05": "no discount", "08": "basic discount",
                "09": "proximo", "10": "instant", "12": "10 days after end of month", "14": "as agreed", "ZZ": "as agreed"},
        "353": {"00": "original", "01": "cancellation", "02": "add", "03": "delete", "04": "change", "05": "replace",
                "06": "confirmation",
                "07": "duplicate", "08": "status", "13": "request", "15": "resubmission", "16": "proposed", "18": "reissue",
                "20": "final", "22": "information copy", "24": "draft", "27": "verify", "CN": "completion"},
        "355": _UNITS,
        "365": {"TE": "telephone", "FX": "telefax", "EM": "email", "UR": "web address", "CP": "mobile telephone",
                "AP": "other telephone"},
        "366": {"BD": "buyer", "OC": "order contact", "DC": "delivery contact", "IC": "information contact", "AP": "accounts payable",
                "SR": "sales representative", "RE": "receiving contact", "CN": "general contact", "AR": "accounts receivable",
                "OD": "order department"},
        "368": {"CC": "complete on this date", "PR": "part shipment", "BK": "back ordered from earlier", "IF": "in full",
                "IS": "item short",
                "CP": "partial, balance follows", "CM": "complete with additional", "IC": "item cancelled", "SS": "split shipment",
                "BP": "partial, balance back ordered", "ID": "identified as not to be supplied"},
        "374": _DATES,
        "479": {"PO": "850", "PR": "855", "SH": "856", "IN": "810", "FA": "997 or 999", "PC": "860", "CA": "865", "PS": "830 or 862",
                "IB": "846", "RA": "820", "OW": "940", "SW": "945", "RE": "944", "AR": "943", "GF": "990", "SM": "204", "QM": "214",
                "AG": "824", "TX": "864", "PD": "852", "SC": "832", "CD": "812"},
        "455": {"X": "ASC X12", "T": "T.D.C.C."},
        "559": {"VI": "VICS", "AX": "ASC X12", "AI": "AIAG", "ZZ": "as agreed"},
        "587": {"AC": "with detail and change", "AD": "with detail, no change", "AE": "exceptions only", "AH": "hold",
                "AK": "detail or change", "AP": "accepted", "AT": "accepted", "NA": "none needed", "RD": "rejected with detail",
                "RF": "rejected, no detail", "RJ": "rejected"},
        "639": {"NT": "net", "PE": "per each", "CA": "catalogue", "CT": "contract", "LE": "catalogue per each", "QE": "quoted per each",
                "TE": "contract per each", "WE": "wholesale per each", "HP": "per hundred", "TP": "per thousand", "PP": "per pound",
                "UM": "per unit", "SR": "suggested retail"},
        "640": {"DI": "debit invoice", "CR": "credit memo", "DR": "debit memo", "CN": "credit invoice", "PR": "product or service",
                "PP": "prepaid invoice", "FB": "final bill", "RA": "request for credit"},
        "668": {"IA": "accepted", "IB": "back ordered", "IC": "accepted with changes", "ID": "deleted", "IE": "accepted, price pending",
                "IH": "on hold", "IP": "accepted, price changed", "IQ": "accepted, quantity changed", "IR": "rejected",
                "IS": "accepted, substitution made", "DR": "accepted, dates rescheduled", "AR": "accepted and released for shipment",
                "BP": "accepted in part, rest back ordered", "R1": "rejected, no contract for it", "R2": "rejected, invalid item",
                "R3": "rejected, invalid unit", "R4": "rejected, discontinued", "SP": "schedule date pending",
                "AC": "accepted and shipped"},
        "735": {"S": "shipment", "O": "order", "T": "shipping tare (pallet)", "P": "pack (carton)", "I": "item", "D": "details",
                "Q": "subpack", "K": "component", "F": "component of an item"},
        "736": {"0": "nothing below it", "1": "others below it"},
        "88": {"GM": "SSCC-18 with application identifier", "CP": "carrier's package id", "AI": "UCC/EAN-128", "SM": "shipper's mark",
               "UC": "U.P.C. shipping container code", "W": "pallet", "L": "line item", "PB": "premises"},
        "1005": {"0001": "shipment, order, packaging, item", "0002": "shipment, order, item, packaging",
                "0003": "shipment, packaging, order, item",
                 "0004": "shipment, order, item", "ZZZZ": "as agreed"},
        "I05": {"01": "DUNS", "02": "SCAC", "08": "UCC communications id", "12": "telephone", "14": "DUNS with suffix",
                "30": "federal taxpayer id",
                "ZZ": "as agreed"},
        "I01": {"00": "none"},
        "I03": {"00": "none"},
        "I14": {"P": "production", "T": "test", "I": "information"},
        "I13": {"0": "no TA1 asked for", "1": "TA1 asked for"},
        "I17": {"A": "accepted", "E": "accepted with errors", "R": "rejected"},
        "146": {"PP": "prepaid", "CC": "collect", "PC": "prepaid and charged", "DF": "by the terms", "TP": "third party",
                "PU": "pickup",
                "BP": "paid by the buyer"},
        "133": {"O": "origin", "B": "origin or delivery, any mode", "Z": "mutually defined", "A": "origin, after the first carrier"},
        "715": {"A": "accepted", "E": "accepted, errors noted", "P": "partly accepted", "R": "rejected",
                "M": "rejected, authentication failed",
                "W": "rejected, assurance failed", "X": "rejected, cannot be decrypted"},
        "717": {"A": "accepted", "E": "accepted, errors noted", "R": "rejected", "M": "rejected, authentication failed",
                "W": "rejected, assurance failed", "X": "rejected, cannot be decrypted"},
        "I18": words.INTERCHANGE_NOTES,
        "716": words.GROUP_ERRORS,
        "718": words.SET_ERRORS,
        "618": words.SET_ERRORS,
        "720": words.SEGMENT_ERRORS,
        "620": words.SEGMENT_ERRORS,
        "723": words.ELEMENT_ERRORS,
        "621": words.ELEMENT_ERRORS,
    }
)  # fmt: skip

_UNITS_EDIFACT = {"PCE": "piece", "KGM": "kilogram", "LTR": "litre", "MTR": "metre", "EA": "each", "C62": "one", "GRM": "gram",
                  "MTQ": "cubic metre", "CMT": "centimetre", "PF": "pallet", "CT": "carton", "NAR": "number of articles"}  # fmt: skip


def words_of(syntax: Syntax, element: str, code: str) -> str:
    """What *code* of a data *element* stands for; ``""`` where we have no word for it."""
    if syntax == "x12":
        if element == "143":
            return _set_name(code)
        return _X12.get(element, {}).get(code.strip(), "")
    found = standards.code_name("edifact", element, code)
    return found or (_UNITS_EDIFACT.get(code, "") if element == "6411" else "")


def _set_name(code: str) -> str:
    """ST01 names a transaction set, and the tables know what it is called."""
    held = standards.releases("x12", code)
    found = standards.find("x12", code, held[-1]) if held else None
    return found.name if found is not None else ""
