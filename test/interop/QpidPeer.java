import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageEOFException;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.qpid.jms.JmsConnectionFactory;

/**
 * Qpid JMS as the other side of a test: reads one command from each line of its standard input and answers each with
 * one line, in their order, until the input ends.
 *
 * <p>A line is words with one space between them. The first is the command, or {@code ok}, {@code nothing} or
 * {@code error} of an answer; the others are fields, {@code name=value}, both percent-encoded UTF-8. A name may occur
 * several times. Forms of values:
 *
 * <pre>
 *   destination   queue:NAME  topic:NAME  temporary-queue:NAME  temporary-topic:NAME
 *   typed value   boolean:true  byte:1  short:1  int:1  long:1  float:1.5  double:1.5  char:x  string:text  bytes:00ff  null:
 *   message       class=TextMessage, BytesMessage, MapMessage, StreamMessage, ObjectMessage or Message
 *                 body=TYPED        text, bytes, object; for each value of a stream
 *                 body.NAME=TYPED   for each entry of a map
 *                 property.NAME=TYPED
 *                 correlation-id  type  reply-to=DESTINATION
 * </pre>
 *
 * <p>Commands, with optional fields in brackets; {@code session} and {@code consumer} are names that the commander gives:
 *
 * <pre>
 *   open         session uri user password mode [client-id]   mode: auto, client or transacted; the connection is started
 *   send         session to, a message, [priority time-to-live delivery-mode]   answers message-id
 *   temporary    session kind                                  kind: queue or topic; answers destination
 *   consume      session consumer from [selector durable shared shared-durable]   the last three: a subscription's name
 *   receive      consumer timeout                              ms, 0 for what is there now; answers a message, with
 *                message-id timestamp expiration priority delivery-mode redelivered destination, or {@code nothing}
 *   answer       session consumer timeout, a message           receives a request and answers it where it asks for that
 *   acknowledge, close-consumer                    consumer
 *   unsubscribe  session name
 *   recover, commit, rollback, close               session
 * </pre>
 */
public final class QpidPeer {
  private final Map<String, Connection> connections = new HashMap<>();
  private final Map<String, Session> sessions = new HashMap<>();
  private final Map<String, MessageConsumer> consumers = new HashMap<>();
  private final Map<String, Destination> temporaries = new HashMap<>();
  /** The last message of each consumer, for {@code acknowledge}. */
  private final Map<String, Message> received = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    QpidPeer peer = new QpidPeer();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Line answer;
      try {
        answer = peer.perform(Line.parse(line));
      } catch (Exception failure) {
        failure.printStackTrace();
        answer = new Line("error").add("message", failure.toString());
      }
      out.println(answer);
    }
    System.exit(0);
  }

  private Line perform(Line command) throws JMSException {
    switch (command.word) {
      case "open":
        return open(command);
      case "send":
        return send(command);
      case "temporary":
        return temporary(command);
      case "consume":
        return consume(command);
      case "receive":
        return receive(command);
      case "answer":
        return answer(command);
      case "close-consumer":
        consumers.remove(command.get("consumer")).close();
        break;
      case "unsubscribe":
        sessionOf(command).unsubscribe(command.get("name"));
        break;
      case "acknowledge":
        received.get(command.get("consumer")).acknowledge();
        break;
      case "recover":
        sessionOf(command).recover();
        break;
      case "commit":
        sessionOf(command).commit();
        break;
      case "rollback":
        sessionOf(command).rollback();
        break;
      case "close":
        sessions.remove(command.get("session"));
        connections.remove(command.get("session")).close();
        break;
      default:
        throw new IllegalArgumentException("there is no command " + command.word);
    }
    return new Line("ok");
  }

  private Line open(Line command) throws JMSException {
    JmsConnectionFactory factory = new JmsConnectionFactory(command.get("uri"));
    Connection connection = factory.createConnection(command.get("user"), command.get("password"));
    try {
      if (command.has("client-id")) connection.setClientID(command.get("client-id"));
      connection.setExceptionListener(Exception::printStackTrace);
      Session session = connection.createSession(modeOf(command.get("mode")));
      connection.start();
      connections.put(command.get("session"), connection);
      sessions.put(command.get("session"), session);
    } catch (JMSException failure) {
      connection.close();
      throw failure;
    }
    return new Line("ok");
  }

  private Line send(Line command) throws JMSException {
    Session session = sessionOf(command);
    Message message = messageOf(session, command);
    MessageProducer producer = session.createProducer(destinationOf(session, command.get("to")));
    try {
      producer.send(
          message,
          command.getOr("delivery-mode", "persistent").equals("persistent")
              ? DeliveryMode.PERSISTENT
              : DeliveryMode.NON_PERSISTENT,
          Integer.parseInt(command.getOr("priority", "4")),
          Long.parseLong(command.getOr("time-to-live", "0")));
    } finally {
      producer.close();
    }
    return new Line("ok").add("message-id", message.getJMSMessageID());
  }

  private Line temporary(Line command) throws JMSException {
    Session session = sessionOf(command);
    Destination destination =
        command.get("kind").equals("queue") ? session.createTemporaryQueue() : session.createTemporaryTopic();
    temporaries.put(textOf(destination), destination);
    return new Line("ok").add("destination", textOf(destination));
  }

  private Line consume(Line command) throws JMSException {
    Session session = sessionOf(command);
    Destination from = destinationOf(session, command.get("from"));
    String selector = command.getOr("selector", null);
    MessageConsumer consumer;
    if (command.has("durable")) {
      consumer = session.createDurableConsumer((Topic) from, command.get("durable"), selector, false);
    } else if (command.has("shared")) {
      consumer = session.createSharedConsumer((Topic) from, command.get("shared"), selector);
    } else if (command.has("shared-durable")) {
      consumer = session.createSharedDurableConsumer((Topic) from, command.get("shared-durable"), selector);
    } else {
      consumer = session.createConsumer(from, selector);
    }
    consumers.put(command.get("consumer"), consumer);
    return new Line("ok");
  }

  private Line receive(Line command) throws JMSException {
    Message message = take(command);
    return message == null ? new Line("nothing") : describe(message);
  }

  /** As applications answer: with a producer that has no destination of its own. */
  private Line answer(Line command) throws JMSException {
    Message request = take(command);
    if (request == null) return new Line("nothing");
    Session session = sessionOf(command);
    Message answer = messageOf(session, command);
    String correlationId = request.getJMSCorrelationID();
    answer.setJMSCorrelationID(correlationId == null ? request.getJMSMessageID() : correlationId);
    try (MessageProducer producer = session.createProducer(null)) {
      producer.send(request.getJMSReplyTo(), answer);
    }
    return describe(request);
  }

  private Message take(Line command) throws JMSException {
    MessageConsumer consumer = consumers.get(command.get("consumer"));
    long timeout = Long.parseLong(command.get("timeout"));
    Message message = timeout == 0 ? consumer.receiveNoWait() : consumer.receive(timeout);
    if (message != null) received.put(command.get("consumer"), message);
    return message;
  }

  private Session sessionOf(Line command) {
    return sessions.get(command.get("session"));
  }

  private static int modeOf(String name) {
    switch (name) {
      case "client":
        return Session.CLIENT_ACKNOWLEDGE;
      case "transacted":
        return Session.SESSION_TRANSACTED;
      default:
        return Session.AUTO_ACKNOWLEDGE;
    }
  }

  private Destination destinationOf(Session session, String text) throws JMSException {
    Destination temporary = temporaries.get(text);
    if (temporary != null) return temporary;
    String name = text.substring(text.indexOf(':') + 1);
    return text.startsWith("queue:") ? session.createQueue(name) : session.createTopic(name);
  }

  private static String textOf(Destination destination) throws JMSException {
    if (destination instanceof Queue queue) {
      return (queue instanceof TemporaryQueue ? "temporary-queue:" : "queue:") + queue.getQueueName();
    }
    Topic topic = (Topic) destination;
    return (topic instanceof TemporaryTopic ? "temporary-topic:" : "topic:") + topic.getTopicName();
  }

  private Message messageOf(Session session, Line line) throws JMSException {
    Message message = bodyOf(session, line);
    if (line.has("correlation-id")) message.setJMSCorrelationID(line.get("correlation-id"));
    if (line.has("type")) message.setJMSType(line.get("type"));
    if (line.has("reply-to")) message.setJMSReplyTo(destinationOf(session, line.get("reply-to")));
    for (Field field : line.under("property.")) message.setObjectProperty(field.name, valueOf(field.value));
    return message;
  }

  private static Message bodyOf(Session session, Line line) throws JMSException {
    switch (line.get("class")) {
      case "TextMessage":
        return session.createTextMessage((String) valueOf(line.get("body")));
      case "BytesMessage":
        BytesMessage bytes = session.createBytesMessage();
        bytes.writeBytes((byte[]) valueOf(line.get("body")));
        return bytes;
      case "MapMessage":
        MapMessage map = session.createMapMessage();
        for (Field entry : line.under("body.")) map.setObject(entry.name, valueOf(entry.value));
        return map;
      case "StreamMessage":
        StreamMessage stream = session.createStreamMessage();
        for (Field field : line.fields) if (field.name.equals("body")) stream.writeObject(valueOf(field.value));
        return stream;
      case "ObjectMessage":
        return session.createObjectMessage((String) valueOf(line.get("body")));
      default:
        return session.createMessage();
    }
  }

  private static Line describe(Message message) throws JMSException {
    Line line = new Line("ok");
    describeBody(line, message);
    for (Object name : Collections.list(message.getPropertyNames())) {
      line.add("property." + name, typed(message.getObjectProperty((String) name)));
    }
    line.addIfSet("message-id", message.getJMSMessageID());
    line.addIfSet("correlation-id", message.getJMSCorrelationID());
    line.addIfSet("type", message.getJMSType());
    if (message.getJMSReplyTo() != null) line.add("reply-to", textOf(message.getJMSReplyTo()));
    if (message.getJMSDestination() != null) line.add("destination", textOf(message.getJMSDestination()));
    return line.add("timestamp", "" + message.getJMSTimestamp())
        .add("expiration", "" + message.getJMSExpiration())
        .add("priority", "" + message.getJMSPriority())
        .add("delivery-mode", message.getJMSDeliveryMode() == DeliveryMode.PERSISTENT ? "persistent" : "non-persistent")
        .add("redelivered", "" + message.getJMSRedelivered());
  }

  private static void describeBody(Line line, Message message) throws JMSException {
    if (message instanceof TextMessage text) {
      line.add("class", "TextMessage").add("body", typed(text.getText()));
    } else if (message instanceof BytesMessage bytes) {
      byte[] body = new byte[(int) bytes.getBodyLength()];
      bytes.readBytes(body);
      line.add("class", "BytesMessage").add("body", typed(body));
    } else if (message instanceof MapMessage map) {
      line.add("class", "MapMessage");
      for (Object name : Collections.list(map.getMapNames())) {
        line.add("body." + name, typed(map.getObject((String) name)));
      }
    } else if (message instanceof StreamMessage stream) {
      line.add("class", "StreamMessage");
      try {
        while (true) line.add("body", typed(stream.readObject()));
      } catch (MessageEOFException end) {
        // All values are read.
      }
    } else if (message instanceof ObjectMessage object) {
      line.add("class", "ObjectMessage").add("body", typed(object.getObject()));
    } else {
      line.add("class", "Message");
    }
  }

  private static Object valueOf(String typed) {
    String text = typed.substring(typed.indexOf(':') + 1);
    switch (typed.substring(0, typed.indexOf(':'))) {
      case "boolean":
        return Boolean.valueOf(text);
      case "byte":
        return Byte.valueOf(text);
      case "short":
        return Short.valueOf(text);
      case "int":
        return Integer.valueOf(text);
      case "long":
        return Long.valueOf(text);
      case "float":
        return Float.valueOf(text);
      case "double":
        return Double.valueOf(text);
      case "char":
        return text.charAt(0);
      case "string":
        return text;
      case "bytes":
        return HexFormat.of().parseHex(text);
      default:
        return null;
    }
  }

  private static String typed(Object value) {
    if (value == null) return "null:";
    if (value instanceof byte[] bytes) return "bytes:" + HexFormat.of().formatHex(bytes);
    if (value instanceof Integer) return "int:" + value;
    if (value instanceof Character) return "char:" + value;
    return value.getClass().getSimpleName().toLowerCase() + ":" + value;
  }

  private record Field(String name, String value) {}

  private static final class Line {
    final String word;
    final List<Field> fields = new ArrayList<>();

    Line(String word) {
      this.word = word;
    }

    static Line parse(String text) {
      String[] words = text.split(" ");
      Line line = new Line(words[0]);
      for (int i = 1; i < words.length; i++) {
        int equals = words[i].indexOf('=');
        line.add(decode(words[i].substring(0, equals)), decode(words[i].substring(equals + 1)));
      }
      return line;
    }

    Line add(String name, String value) {
      fields.add(new Field(name, value));
      return this;
    }

    void addIfSet(String name, String value) {
      if (value != null) add(name, value);
    }

    boolean has(String name) {
      return getOr(name, null) != null;
    }

    String get(String name) {
      String value = getOr(name, null);
      if (value == null) throw new IllegalArgumentException(word + " needs the field " + name);
      return value;
    }

    String getOr(String name, String otherwise) {
      for (Field field : fields) if (field.name.equals(name)) return field.value;
      return otherwise;
    }

    /** The fields whose names begin so, under the rest of their names. */
    List<Field> under(String prefix) {
      List<Field> found = new ArrayList<>();
      for (Field field : fields) {
        if (field.name.startsWith(prefix)) found.add(new Field(field.name.substring(prefix.length()), field.value));
      }
      return found;
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(word);
      for (Field field : fields) text.append(' ').append(encode(field.name)).append('=').append(encode(field.value));
      return text.toString();
    }

    private static String decode(String text) {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String encode(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
  }
}
