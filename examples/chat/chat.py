"""The chat room in a terminal, over plain STOMP: `python chat.py --broker stomp://USER:PASSWORD@HOST --name NAME`.

What is typed is said to everybody; a line that begins with / is a command for the moderator. Messages are JSON, as room.ts
has them.
"""

import argparse
import json
import logging
import os
import signal
import ssl
import sys
import threading
import time
import uuid
from urllib.parse import unquote, urlsplit

import stomp

HEART_BEAT = 10_000  # ms
RETRY = 1.0  # s between two attempts to connect
PATIENCE = 15.0  # s for one attempt
REMEMBERED = 1_000  # entries that are known by their ids when they come again
FAILURES = (stomp.exception.StompException, OSError)


class Watcher(stomp.ConnectionListener):
    """Tells when one connection is lost, and not what becomes of those before it."""

    def __init__(self, lost: threading.Event) -> None:
        self.lost = lost

    def on_disconnected(self) -> None:
        self.lost.set()


class Room(stomp.ConnectionListener):
    def __init__(self, broker: str, room: str, name: str) -> None:
        self.address = urlsplit(broker)
        self.room = room
        self.me = {"id": str(uuid.uuid4()), "name": name, "client": "Python"}
        self.known: dict[str, None] = {}
        # Posts without a receipt yet, by their ids. They are sent again on the next connection.
        self.unconfirmed: dict[str, str] = {}
        self.connection: stomp.Connection12 | None = None
        self.is_rabbitmq = False
        self.is_accepted = False
        self.lost = threading.Event()
        self.closed = False

    # --- the connection ---------------------------------------------------------------------------

    def stay(self) -> None:
        """Connects, and again whenever the connection is lost."""
        while not self.closed:
            self.lost = threading.Event()
            self.is_accepted = False
            try:
                self.connect()
                self.lost.wait()
            except FAILURES:
                time.sleep(RETRY)
                continue
            if not self.closed:
                show("* connection lost; what you write is sent when it is back")

    def connect(self) -> None:
        secure = self.address.scheme in ("stomps", "stomp+ssl")
        host = (self.address.hostname or "localhost", self.address.port or (61614 if secure else 61613))
        # Without a length ActiveMQ takes a body for text.
        connection = stomp.Connection12(
            [host],
            heartbeats=(HEART_BEAT, HEART_BEAT),
            auto_content_length=False,
            # RabbitMQ takes the host for a virtual host, ActiveMQ for nothing.
            vhost="/",
            reconnect_attempts_max=1,
            timeout=PATIENCE,
            prefer_localhost=False,
            try_loopback_connect=False,
        )
        if secure:
            connection.set_ssl(for_hosts=[host], ca_certs=ssl.get_default_verify_paths().cafile)
        connection.set_listener("lost", Watcher(self.lost))
        connection.set_listener("room", self)
        self.connection = connection
        connection.connect(unquote(self.address.username or ""), unquote(self.address.password or ""))
        # Without this it waits for ever for a broker that takes the connection and says nothing.
        limit = threading.Timer(PATIENCE, setattr, (connection.transport, "running", False))
        limit.daemon = True
        limit.start()
        try:
            connection.transport.wait_for_connection(PATIENCE)
        finally:
            limit.cancel()

    def on_connected(self, frame) -> None:
        self.is_accepted = True
        self.is_rabbitmq = frame.headers.get("server", "").startswith("RabbitMQ")
        self.connection.subscribe(f"/topic/chat.{self.room}.events", id="events")
        if not self.is_rabbitmq:
            # ActiveMQ's way to look into a queue: it sends what is there, and then a message without a body.
            self.connection.subscribe(self.queue("history"), id="history", headers={"browser": "true"})
            self.connection.subscribe("/temp-queue/answers", id="answers")
        self.signal("enter")
        for post in list(self.unconfirmed):
            self.send_post(post)
        show(f"* in {self.room}")

    def on_error(self, frame) -> None:
        show(f"* the broker says: {frame.headers.get('message') or frame.body.strip()}")
        if not self.is_accepted:
            # A wrong password is no better the next time. The main thread waits for a line: this ends it.
            os.kill(os.getpid(), signal.SIGINT)

    def leave(self) -> None:
        self.closed = True
        if self.connection is not None and self.connection.is_connected():
            self.signal("leave")
            self.connection.disconnect(receipt=str(uuid.uuid4()))
        self.lost.set()

    # --- what comes -------------------------------------------------------------------------------

    def on_message(self, frame) -> None:
        if frame.headers.get("browser") == "end":
            self.connection.unsubscribe("history")
            return
        body = json.loads(frame.body)
        source = frame.headers["subscription"]
        if source == "history":
            self.show_entry(body)
        elif source == "events":
            self.happened(body)
        else:
            show(f"* {body['text']}")

    def happened(self, event: dict) -> None:
        kind = event["kind"]
        if kind == "said":
            self.show_entry(event["entry"])
        elif kind == "roll-call":
            self.signal("here")
        elif kind in ("joined", "left") and event["person"]["id"] != self.me["id"]:
            how = " without a word" if event.get("vanished") else ""
            show(f"* {event['person']['name']} {kind}{how}")

    def show_entry(self, entry: dict) -> None:
        if entry["id"] in self.known:
            return
        self.known[entry["id"]] = None
        if len(self.known) > REMEMBERED:
            del self.known[next(iter(self.known))]
        show(f"{entry['from']['name']}: {entry['text']}")

    # --- what goes --------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        post = str(uuid.uuid4())
        self.unconfirmed[post] = json.dumps({"id": post, "from": self.me, "text": text})
        if self.connection is not None and self.connection.is_connected():
            self.send_post(post)

    def send_post(self, post: str) -> None:
        self.send(self.queue("posts"), self.unconfirmed[post], {"receipt": post, "persistent": "true"})

    def on_receipt(self, frame) -> None:
        self.unconfirmed.pop(frame.headers["receipt-id"], None)

    def ask(self, command: str) -> None:
        if self.is_rabbitmq:
            show("* commands are understood on ActiveMQ only")
            return
        headers = {"reply-to": "/temp-queue/answers", "correlation-id": str(uuid.uuid4())}
        self.send(self.queue("commands"), json.dumps({"command": command}), headers)

    def signal(self, kind: str) -> None:
        self.send(f"/topic/chat.{self.room}.signals", json.dumps({"kind": kind, "person": self.me}), {})

    def send(self, destination: str, body: str, headers: dict) -> None:
        try:
            self.connection.send(destination, body, content_type="application/json", headers=headers)
        except FAILURES:
            self.lost.set()

    def queue(self, name: str) -> str:
        return f"/{'amq/queue' if self.is_rabbitmq else 'queue'}/chat.{self.room}.{name}"


def show(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A chat room in the terminal.")
    parser.add_argument("--broker", default="stomp://localhost:61613")
    parser.add_argument("--room", default="lobby")
    parser.add_argument("--name", default="Pia")
    options = parser.parse_args()
    # It tells every attempt to connect; this program tells that it has none.
    logging.getLogger("stomp.py").setLevel(logging.CRITICAL)
    room = Room(options.broker, options.room, options.name)
    threading.Thread(target=room.stay, daemon=True).start()
    try:
        for line in sys.stdin:
            text = line.strip()
            if text.startswith("/"):
                room.ask(text)
            elif text != "":
                room.say(text)
    except KeyboardInterrupt:
        pass
    room.leave()


if __name__ == "__main__":
    main()
