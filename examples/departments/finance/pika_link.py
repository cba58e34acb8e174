"""Finance on AMQP 0-9-1, as programs with pika do it: two queues, one of them bound to amq.topic."""

import json
from collections import deque
from urllib.parse import unquote

import pika

from ledger import Message

PREFETCH = 100
EXCHANGE = "amq.topic"
# The broker removes a queue that nobody has used for this long, in ms.
ARGUMENTS = {"x-queue-type": "quorum", "x-expires": 60_000}
# How clients over AMQP 1.0 name a queue; RabbitMQ 4.0 hands that over as it is.
ADDRESS_OF_QUEUE = "/queues/"


class PikaLink:
    def __init__(self, broker: str, name: str) -> None:
        self.inbox = f"{name}-finance"
        self.answers = f"{name}-finance-answers"
        self.deliveries: deque = deque()
        self.connection = pika.BlockingConnection(pika.URLParameters(broker))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.channel.basic_qos(prefetch_count=PREFETCH)
        for queue in (self.inbox, self.answers):
            self.channel.queue_declare(queue, durable=True, arguments=ARGUMENTS)
        self.channel.queue_bind(self.inbox, EXCHANGE, f"{name}.shipments")
        for queue in (self.inbox, self.answers):
            self.channel.basic_consume(queue, self.keep(queue))

    def keep(self, queue: str):
        return lambda _channel, method, properties, body: self.deliveries.append((queue, method, properties, body))

    def publish(self, topic: str, message: Message) -> None:
        self.send(EXCHANGE, topic, message)

    def answer(self, reply_to: str, message: Message) -> None:
        queue = reply_to
        if queue.startswith(ADDRESS_OF_QUEUE):
            queue = unquote(queue.removeprefix(ADDRESS_OF_QUEUE))
        self.send("", queue, message)

    def send(self, exchange: str, key: str, message: Message) -> None:
        """Returns when the broker has confirmed it; raises when no queue takes it."""
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=pika.DeliveryMode.Persistent,
            correlation_id=message.correlation_id,
            reply_to=message.reply_to,
            headers=message.properties,
        )
        self.channel.basic_publish(exchange, key, message.json(), properties, mandatory=True)

    def receive(self, timeout: float):
        """What has come within the time: each with its queue, and what acknowledges it."""
        if not self.deliveries:
            self.connection.process_data_events(timeout)
        while self.deliveries:
            queue, method, properties, body = self.deliveries.popleft()
            message = Message(
                json.loads(body), properties.correlation_id, properties.headers or {}, properties.reply_to
            )
            yield queue, message, lambda tag=method.delivery_tag: self.channel.basic_ack(tag)

    def close(self) -> None:
        self.connection.close()
