import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.Topic;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * A JMS client as the other side of a test: reads one command from each line of its standard input and answers each with
 * one line, in their order, until the input ends. The argument is the client's class of connection factories. For a
 * client of JMS 2.0 the tests compile this with {@code javax.jms} in the place of {@code jakarta.jms}.
 *
 * <p>A line is words with one space between them. The first is the command, or {@code ok}, {@code nothing} or
 * {@code error} of an answer; the others are fields, {@code name=value}, both percent-encoded UTF-8. A name may occur
 * several times. Forms of values:
 *
 * <pre>
 *   destination   queue:NAME  topic:NAME  temporary-queue:NAME  temporary-topic:NAME
 *   typed value   boolean:true  byte:1  short:1  int:1  long:1  float:1.5  double:1.5  char:x  string:text
 *                 bytes:00ff  null:
 *   message       class=TextMessage, BytesMessage, MapMessage, StreamMessage, ObjectMessage or Message
 *                 body=TYPED        text, bytes, object; for each value of a stream
 *                 body.NAME=TYPED   for each entry of a map
 *                 property.NAME=TYPED
 *                 correlation-id  type  reply-to=DESTINATION
 * </pre>
 *
 * <p>Commands, with optional fields in brackets; {@code session} and {@code consumer} are names that the commander
 * gives:
 *
 * <pre>
 *   open         session uri user password mode [client-id]
 *                mode: auto, client, dups-ok, transacted, or ActiveMQ's individual; the connection is started
 *   send         session to, a message, [priority time-to-live delivery-mode]
 *                answers message-id
 *   temporary    session kind
 *                kind: queue or topic; answers destination
 *   consume      session consumer from [selector durable shared shared-durable]
 *                the last three: a subscription's name
 *   receive      consumer timeout
 *                ms, 0 for what is there now; answers a message, with message-id timestamp expiration priority
 *                delivery-mode redelivered destination, and compressed where it was; or {@code nothing}
 *   answer       session consumer timeout, a message
 *                receives a request, which it answers, and sends the message to where that asks for it
 *   browse       session from [selector]
 *                answers a message-id for each message
 *   unsubscribe  session name
 *   acknowledge, close-consumer          consumer
 *   commit, rollback, recover, close     session
 * </pre>
 */
public final class JmsPeer {
  /** Not of JMS: {@code ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE}. */
  private static final int INDIVIDUAL_ACKNOWLEDGE = 4;

  private final Class<?> factories;
  private final Map<String, Connection> connections = new HashMap<>();
  private final Map<String, Session> sessions = new HashMap<>();
  private final Map<String, MessageConsumer> consumers = new HashMap<>();
  private final Destinations destinations = new Destinations();
  private final Messages messages = new Messages(destinations);
  /** The last message of each consumer, for {@code acknowledge}. */
  private final Map<String, Message> received = new HashMap<>();

  private JmsPeer(Class<?> factories) {
    this.factories = factories;
  }

  public static void main(String[] arguments) throws Exception {
    JmsPeer peer = new JmsPeer(Class.forName(arguments[0]));
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

  private Line perform(Line command) throws JMSException, ReflectiveOperationException {
    switch (command.word) {
      case "open":
        return open(command);
      case "send":
        return send(command);
      case "temporary":
        return new Line("ok")
            .add("destination", destinations.createTemporary(sessionOf(command), command.get("kind")));
      case "consume":
        return consume(command);
      case "browse":
        return browse(command);
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
      case "commit":
        sessionOf(command).commit();
        break;
      case "rollback":
        sessionOf(command).rollback();
        break;
      case "recover":
        sessionOf(command).recover();
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

  private Line open(Line command) throws JMSException, ReflectiveOperationException {
    ConnectionFactory factory =
        (ConnectionFactory) factories.getConstructor(String.class).newInstance(command.get("uri"));
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
    Message message = messages.create(session, command);
    MessageProducer producer = session.createProducer(destinations.of(session, command.get("to")));
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

  private Line consume(Line command) throws JMSException {
    Session session = sessionOf(command);
    Destination from = destinations.of(session, command.get("from"));
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

  private Line browse(Line command) throws JMSException {
    Session session = sessionOf(command);
    Queue from = (Queue) destinations.of(session, command.get("from"));
    Line answer = new Line("ok");
    try (QueueBrowser browser = session.createBrowser(from, command.getOr("selector", null))) {
      for (Object message : Collections.list(browser.getEnumeration())) {
        answer.add("message-id", ((Message) message).getJMSMessageID());
      }
    }
    return answer;
  }

  private Line receive(Line command) throws JMSException {
    Message message = take(command);
    return message == null ? new Line("nothing") : Messages.describe(message);
  }

  /** As applications answer: with a producer that has no destination of its own. */
  private Line answer(Line command) throws JMSException {
    Message request = take(command);
    if (request == null) return new Line("nothing");
    Session session = sessionOf(command);
    Message answer = messages.create(session, command);
    String correlationId = request.getJMSCorrelationID();
    answer.setJMSCorrelationID(correlationId == null ? request.getJMSMessageID() : correlationId);
    try (MessageProducer producer = session.createProducer(null)) {
      producer.send(request.getJMSReplyTo(), answer);
    }
    return Messages.describe(request);
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
      case "dups-ok":
        return Session.DUPS_OK_ACKNOWLEDGE;
      case "individual":
        return INDIVIDUAL_ACKNOWLEDGE;
      case "transacted":
        return Session.SESSION_TRANSACTED;
      default:
        return Session.AUTO_ACKNOWLEDGE;
    }
  }
}
