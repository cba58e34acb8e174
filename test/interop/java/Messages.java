import jakarta.jms.BytesMessage;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageEOFException;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.util.Collections;

/** Messages and the fields that the protocol has for them. */
final class Messages {
  private final Destinations destinations;

  Messages(Destinations destinations) {
    this.destinations = destinations;
  }

  Message create(Session session, Line line) throws JMSException {
    Message message = bodyOf(session, line);
    if (line.has("correlation-id")) message.setJMSCorrelationID(line.get("correlation-id"));
    if (line.has("type")) message.setJMSType(line.get("type"));
    if (line.has("reply-to")) message.setJMSReplyTo(destinations.of(session, line.get("reply-to")));
    for (Line.Field field : line.under("property.")) {
      message.setObjectProperty(field.name(), TypedValue.parse(field.value()));
    }
    return message;
  }

  private static Message bodyOf(Session session, Line line) throws JMSException {
    switch (line.get("class")) {
      case "TextMessage":
        return session.createTextMessage((String) TypedValue.parse(line.get("body")));
      case "BytesMessage":
        BytesMessage bytes = session.createBytesMessage();
        bytes.writeBytes((byte[]) TypedValue.parse(line.get("body")));
        return bytes;
      case "MapMessage":
        MapMessage map = session.createMapMessage();
        for (Line.Field entry : line.under("body.")) map.setObject(entry.name(), TypedValue.parse(entry.value()));
        return map;
      case "StreamMessage":
        StreamMessage stream = session.createStreamMessage();
        for (Line.Field field : line.fields) {
          if (field.name().equals("body")) stream.writeObject(TypedValue.parse(field.value()));
        }
        return stream;
      case "ObjectMessage":
        return session.createObjectMessage((String) TypedValue.parse(line.get("body")));
      default:
        return session.createMessage();
    }
  }

  static Line describe(Message message) throws JMSException {
    Line line = new Line("ok");
    if (isCompressed(message)) line.add("compressed", "true");
    describeBody(line, message);
    for (Object name : Collections.list(message.getPropertyNames())) {
      line.add("property." + name, TypedValue.format(message.getObjectProperty((String) name)));
    }
    line.addIfSet("message-id", message.getJMSMessageID());
    line.addIfSet("correlation-id", message.getJMSCorrelationID());
    line.addIfSet("type", message.getJMSType());
    if (message.getJMSReplyTo() != null) line.add("reply-to", Destinations.textOf(message.getJMSReplyTo()));
    if (message.getJMSDestination() != null) line.add("destination", Destinations.textOf(message.getJMSDestination()));
    return line.add("timestamp", "" + message.getJMSTimestamp())
        .add("expiration", "" + message.getJMSExpiration())
        .add("priority", "" + message.getJMSPriority())
        .add("delivery-mode", message.getJMSDeliveryMode() == DeliveryMode.PERSISTENT ? "persistent" : "non-persistent")
        .add("redelivered", "" + message.getJMSRedelivered());
  }

  /** What ActiveMQ's messages tell. */
  private static boolean isCompressed(Message message) {
    try {
      return (boolean) message.getClass().getMethod("isCompressed").invoke(message);
    } catch (ReflectiveOperationException none) {
      return false;
    }
  }

  private static void describeBody(Line line, Message message) throws JMSException {
    if (message instanceof TextMessage text) {
      line.add("class", "TextMessage").add("body", TypedValue.format(text.getText()));
    } else if (message instanceof BytesMessage bytes) {
      byte[] body = new byte[(int) bytes.getBodyLength()];
      bytes.readBytes(body);
      line.add("class", "BytesMessage").add("body", TypedValue.format(body));
    } else if (message instanceof MapMessage map) {
      line.add("class", "MapMessage");
      for (Object name : Collections.list(map.getMapNames())) {
        line.add("body." + name, TypedValue.format(map.getObject((String) name)));
      }
    } else if (message instanceof StreamMessage stream) {
      line.add("class", "StreamMessage");
      try {
        while (true) line.add("body", TypedValue.format(stream.readObject()));
      } catch (MessageEOFException end) {
        // All values are read.
      }
    } else if (message instanceof ObjectMessage object) {
      line.add("class", "ObjectMessage").add("body", TypedValue.format(object.getObject()));
    } else {
      line.add("class", "Message");
    }
  }
}
