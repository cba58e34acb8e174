"""The finance department: sends invoices, books what shipments cost, and tells what it knows as JSON on the standard output.

    DEPARTMENTS_BROKER=amqp://USER:PASSWORD@HOST python main.py --client pika|proton --name NAME --invoices N
"""

import argparse
import os
import sys
import time

from ledger import Ledger, Message, invoices

STALLED = 30.0  # s without any progress after which it gives up


def main() -> None:
    parser = argparse.ArgumentParser(description="The finance department.")
    parser.add_argument("--client", choices=["pika", "proton"], default="pika")
    parser.add_argument("--name", required=True, help="the beginning of the names of topics and queues")
    parser.add_argument("--invoices", type=int, default=300)
    options = parser.parse_args()
    broker = os.environ.get("DEPARTMENTS_BROKER", "amqp://localhost")
    try:
        print(run(open_link(options.client, broker, options.name), options))
    except Exception as error:  # noqa: BLE001 - whatever the library raises, in one line
        sys.exit(f"finance, {options.client}: {type(error).__name__}: {error}")


def open_link(client: str, broker: str, name: str):
    if client == "pika":
        from pika_link import PikaLink

        return PikaLink(broker, name)
    from proton_link import ProtonLink

    return ProtonLink(broker, name)


def run(link, options: argparse.Namespace) -> str:
    """Gives the report once each invoice has its receipt and its shipment, or nothing comes any more."""
    ledger = Ledger(invoices(options.invoices, link.answers))
    for invoice in ledger.invoices.values():
        link.publish(f"{options.name}.invoices", invoice)
    last = time.monotonic()
    while not ledger.complete and time.monotonic() - last < STALLED:
        for queue, message, acknowledge in link.receive(1.0):
            handle(link, ledger, queue, message)
            acknowledge()
            last = time.monotonic()
    link.close()
    return ledger.report()


def handle(link, ledger: Ledger, queue: str, message: Message) -> None:
    if queue == link.answers:
        ledger.note(message)
    else:
        link.answer(message.reply_to, ledger.book(message))


if __name__ == "__main__":
    main()
