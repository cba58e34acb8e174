"""Finance on AMQP 1.0, with Qpid Proton: addresses of RabbitMQ 4, and its management node to declare queues."""

import json
import ssl
from urllib.parse import quote, unquote, urlsplit

import proton
from proton import Link, SSLDomain, Timeout, symbol
from proton.reactor import LinkOption
from proton.utils import BlockingConnection

from ledger import Message

CREDIT = 100
TIMEOUT = 30.0
EXCHANGE = "amq.topic"
QUEUES = "/queues/"
# The broker removes a queue that nobody has used for this long, in ms.
ARGUMENTS = {"x-queue-type": "quorum", "x-expires": 60_000}


class ProtonLink:
    def __init__(self, broker: str, name: str) -> None:
        self.connection = connect(broker)
        self.management = Management(self.connection)
        self.inbox = f"{QUEUES}{name}-finance"
        self.answers = f"{QUEUES}{name}-finance-answers"
        for address in (self.inbox, self.answers):
            self.management.call("PUT", address, {"durable": True, "arguments": ARGUMENTS})
        binding = {
            "source": EXCHANGE,
            "destination_queue": self.inbox.removeprefix(QUEUES),
            "binding_key": f"{name}.shipments",
            "arguments": {},
        }
        self.management.call("POST", "/bindings", binding)
        self.receivers = {
            address: self.connection.create_receiver(address, credit=CREDIT) for address in (self.inbox, self.answers)
        }
        self.sender = self.connection.create_sender(None)

    def publish(self, topic: str, message: Message) -> None:
        self.send(f"/exchanges/{EXCHANGE}/{quote(topic, safe='')}", message)

    def answer(self, reply_to: str, message: Message) -> None:
        # Clients over AMQP 0-9-1 name a queue just so, and RabbitMQ 4.0 hands that over as it is.
        self.send(reply_to if reply_to.startswith("/") else QUEUES + quote(reply_to, safe=""), message)

    def send(self, address: str, message: Message) -> None:
        """Returns when the broker has accepted it; raises when it has not, as when no queue takes it."""
        self.sender.send(
            proton.Message(
                address=address,
                durable=True,
                body=message.json(),
                inferred=True,
                content_type=symbol("application/json"),
                correlation_id=message.correlation_id,
                reply_to=message.reply_to,
                properties=message.properties,
            )
        )

    def receive(self, timeout: float):
        """What has come within the time: each with its queue, and what acknowledges it."""
        receivers = self.receivers.items()
        try:
            self.connection.wait(lambda: any(link.fetcher.has_message for _, link in receivers), timeout=timeout)
        except Timeout:
            return
        for address, receiver in receivers:
            while receiver.fetcher.has_message:
                received = receiver.receive()
                message = Message(
                    json.loads(bytes(received.body)),
                    received.correlation_id,
                    received.properties or {},
                    received.reply_to,
                )
                yield address, message, receiver.accept

    def close(self) -> None:
        self.connection.close()


def connect(broker: str) -> BlockingConnection:
    uri = urlsplit(broker)
    encrypted = uri.scheme == "amqps"
    domain = None
    if encrypted:
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(ssl.get_default_verify_paths().cafile)
        domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    vhost = unquote(uri.path.removeprefix("/"))
    return BlockingConnection(
        f"{uri.scheme}://{uri.hostname}:{uri.port or (5671 if encrypted else 5672)}",
        timeout=TIMEOUT,
        ssl_domain=domain,
        user=unquote(uri.username or ""),
        password=unquote(uri.password or ""),
        allowed_mechs="PLAIN",
        allow_insecure_mechs=not encrypted,
        reconnect=False,
        **({"virtual_host": f"vhost:{vhost}"} if vhost else {}),
    )


class Paired(LinkOption):
    """Two links of one name, settled beforehand, of which each is the other's way back."""

    def apply(self, link) -> None:
        link.properties = proton.PropertyDict({symbol("paired"): True})
        link.source.address = link.target.address = "/management"
        link.snd_settle_mode = Link.SND_SETTLED


class Management:
    """Requests to RabbitMQ's management node."""

    def __init__(self, connection: BlockingConnection) -> None:
        self.requests = 0
        # The broker answers neither before it has seen both.
        self.sender = connection.container.create_sender(
            connection.conn, "/management", name="management", options=Paired()
        )
        self.receiver = connection.create_receiver("/management", credit=1, name="management", options=Paired())
        connection.wait(lambda: self.sender.credit > 0, timeout=TIMEOUT)

    def call(self, method: str, path: str, body: dict | None = None):
        self.requests += 1
        self.sender.send(proton.Message(id=str(self.requests), address=path, subject=method, reply_to="$me", body=body))
        answer = self.receiver.receive(timeout=TIMEOUT)
        if not answer.subject.startswith("2"):
            raise RuntimeError(f"{method} {path}: {answer.subject} {answer.body}")
        return answer.body
