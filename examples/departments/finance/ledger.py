"""What finance sends, expects and writes down; nothing here knows a protocol."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

CUSTOMERS = [
    "Zażółć Gęślą Jaźń Sp. z o.o.",
    "東京物流株式会社",
    "Đorđe Søn & Ærø A/S",
    "مؤسسة النور للتجارة",
    "Müßiggang Großhandel GmbH",
    "Ελληνικά Έπιπλα Α.Ε.",
    "Nu\u0301n\u0303ez e Irmãos, Lda.",  # with combining accents, which nobody may compose
    "Naïve Café 🦊",
]
ARTICLES = ["Tee, grün", "Čaj, černý", "お茶", "Teacup", "Théière"]
SEED = 20_260_801


@dataclass
class Message:
    """A message, whichever protocol it came by or goes by."""

    body: dict
    correlation_id: str
    properties: dict = field(default_factory=dict)
    reply_to: str | None = None

    def copy(self) -> dict:
        """All that has to be the same on both sides."""
        properties = {
            name: f"{type_name(value)} {text(value)}"
            for name, value in self.properties.items()
            # Headers of RabbitMQ and polymq, for other programs that know them.
            if not name.startswith("x-")
        }
        return {"correlationId": self.correlation_id, "body": self.body, "properties": properties}

    def json(self) -> bytes:
        return json.dumps(self.body, ensure_ascii=False).encode()


def type_name(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "double" if isinstance(value, float) else "text"


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def invoices(count: int, reply_to: str) -> list[Message]:
    """Always the same ones."""
    random = Random(SEED)
    return [invoice(f"INV-{index + 1:05}", random, reply_to) for index in range(count)]


def invoice(number: str, random: Random, reply_to: str) -> Message:
    lines = [
        {
            "article": random.choice(ARTICLES),
            "quantity": random.randint(1, 9),
            "price": money(Decimal(random.randint(1, 99_999)) / 100),
        }
        for _ in range(random.randint(1, 4))
    ]
    total = sum((Decimal(line["price"]) * line["quantity"] for line in lines), Decimal(0))
    issued = date(2026, 1, 1) + timedelta(days=random.randint(0, 364))
    customer = random.choice(CUSTOMERS)
    body = {
        "number": number,
        "customer": customer,
        "issued": issued.isoformat(),
        "due": (issued + timedelta(days=30)).isoformat(),
        "currency": "EUR",
        "lines": lines,
        "total": money(total),
    }
    properties = {
        "customer": customer,
        "totalCents": int(total * 100),
        "entry": 9_007_199_254_740_993 + int(number[4:]),  # more than a double holds exactly
        "discountCents": -random.randint(1, 999),
        "urgent": random.random() < 0.5,
    }
    return Message(body, number, properties, reply_to)


def money(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.01")))


class Ledger:
    """What finance knows: its invoices, the receipts and shipments that came for them, and what it booked."""

    def __init__(self, sent: list[Message]) -> None:
        self.invoices = {message.body["number"]: message for message in sent}
        self.shipments: dict[str, Message] = {}
        self.receipts: dict[str, dict] = {}
        self.repeated = 0

    @property
    def complete(self) -> bool:
        return len(self.shipments) == len(self.invoices) == len(self.receipts)

    def book(self, shipment: Message) -> Message:
        """Books a shipment's freight; gives the answer to it."""
        number = shipment.body["number"]
        self.repeated += number in self.shipments
        self.shipments[number] = shipment
        invoiced = self.invoices[shipment.body["invoice"]].body["total"]
        balance = Decimal(invoiced) + Decimal(shipment.body["freight"])
        return Message({"shipment": number, "balance": money(balance)}, number)

    def note(self, receipt: Message) -> None:
        number = receipt.body["invoice"]
        self.repeated += number in self.receipts
        # One that answers another invoice than it says counts for none.
        if receipt.correlation_id == number:
            self.receipts[number] = receipt.body

    def report(self) -> str:
        return json.dumps(
            {
                "invoices": {number: message.copy() for number, message in self.invoices.items()},
                "shipments": {number: message.copy() for number, message in self.shipments.items()},
                "receipts": self.receipts,
                "repeated": self.repeated,
            }
        )
