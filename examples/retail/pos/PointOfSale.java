import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;
import javax.jms.Topic;
import javax.jms.TransactionRolledBackException;
import org.apache.activemq.ActiveMQConnectionFactory;

/**
 * The till of a shop, as it has been for years: JMS 1.1 on activemq-client. {@code java PointOfSale.java NAME SALES},
 * with the broker in {@code RETAIL_BROKER}, {@code RETAIL_USER} and {@code RETAIL_PASSWORD}. It sells, one transaction a
 * sale, asks for the stock of an article now and then, hears of deliveries, and prints its books as JSON at the end.
 */
public final class PointOfSale {
  /** In cents. */
  private static final Map<String, Integer> PRICES = new LinkedHashMap<>();

  static {
    PRICES.put("Grüner Tee", 450);
    PRICES.put("抹茶", 1_890);
    PRICES.put("Käse 🧀", 799);
    PRICES.put("Pão de queijo", 325);
    PRICES.put("Żurek", 610);
  }

  private static final int QUESTION_EVERY = 5;
  /** ms for an answer; what asked on a broker that has died is asked again. */
  private static final long ANSWER = 5_000;
  /** ms for the last delivery notes. */
  private static final long AFTERWARDS = 60_000;

  private final Session selling;
  private final MessageProducer sales;
  private final Session asking;
  private final MessageProducer questions;
  private final TemporaryQueue answers;
  private final MessageConsumer answered;
  /** Sold, by article. */
  private final Map<String, Integer> sold = new TreeMap<>();
  /** By number, what was delivered. */
  private final Map<String, String> deliveries = new TreeMap<>();
  private final Random random = new Random(7);
  private int lines;
  private long revenue;
  private int asked;
  private int soldAgain;

  private PointOfSale(Connection connection, String name) throws JMSException {
    selling = connection.createSession(true, Session.SESSION_TRANSACTED);
    sales = selling.createProducer(selling.createQueue(name + ".sales"));
    asking = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    questions = asking.createProducer(asking.createQueue(name + ".questions"));
    answers = asking.createTemporaryQueue();
    answered = asking.createConsumer(answers);
    Session listening = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    Topic topic = listening.createTopic(name + ".deliveries");
    listening.createDurableSubscriber(topic, "deliveries").setMessageListener(this::note);
  }

  public static void main(String[] arguments) throws Exception {
    Connection connection =
        new ActiveMQConnectionFactory(System.getenv("RETAIL_BROKER"))
            .createConnection(System.getenv("RETAIL_USER"), System.getenv("RETAIL_PASSWORD"));
    connection.setClientID(arguments[0] + "-till");
    PointOfSale till = new PointOfSale(connection, arguments[0]);
    connection.start();
    int count = Integer.parseInt(arguments[1]);
    for (int number = 1; number <= count; number++) {
      if (number % QUESTION_EVERY == 0) till.askForStock();
      till.sell("S-" + number);
    }
    till.close();
    new PrintStream(System.out, true, StandardCharsets.UTF_8).println(till.books());
    connection.close();
  }

  /** All lines of a sale, or none. */
  private void sell(String sale) throws JMSException {
    List<String> articles = random.ints(1 + random.nextInt(4), 0, PRICES.size()).mapToObj(this::article).toList();
    List<Integer> quantities = articles.stream().map(article -> 1 + random.nextInt(5)).toList();
    while (true) {
      try {
        for (int line = 0; line < articles.size(); line++) {
          sales.send(lineOf(sale, line + 1, articles.get(line), quantities.get(line)));
        }
        selling.commit();
        break;
      } catch (TransactionRolledBackException lost) {
        // With its broker. Whoever books the sale knows it by its number.
        soldAgain++;
      }
    }
    for (int line = 0; line < articles.size(); line++) {
      sold.merge(articles.get(line), quantities.get(line), Integer::sum);
      revenue += (long) PRICES.get(articles.get(line)) * quantities.get(line);
      lines++;
    }
  }

  private MapMessage lineOf(String sale, int line, String article, int quantity) throws JMSException {
    MapMessage message = selling.createMapMessage();
    message.setString("sale", sale);
    message.setInt("line", line);
    message.setString("article", article);
    message.setInt("quantity", quantity);
    message.setLong("cents", PRICES.get(article));
    message.setStringProperty("till", "Kasse 1");
    return message;
  }

  private void askForStock() throws JMSException {
    ask("stock", article(random.nextInt(PRICES.size())));
    asked++;
  }

  /** Tells the stock service that the day is over, and waits for all that it has announced. */
  private void close() throws Exception {
    int announced = ask("closing", Integer.toString(lines)).getInt("deliveries");
    synchronized (deliveries) {
      for (long end = System.currentTimeMillis() + AFTERWARDS; deliveries.size() < announced; ) {
        long left = end - System.currentTimeMillis();
        if (left <= 0) throw new IllegalStateException(deliveries.size() + " of " + announced + " deliveries came");
        deliveries.wait(left);
      }
    }
  }

  private MapMessage ask(String type, String text) throws JMSException {
    TextMessage question = asking.createTextMessage(text);
    question.setJMSType(type);
    question.setJMSReplyTo(answers);
    question.setJMSCorrelationID(type + " " + asked);
    while (true) {
      questions.send(question);
      Message answer = answered.receive(ANSWER);
      while (answer != null && !question.getJMSCorrelationID().equals(answer.getJMSCorrelationID())) {
        answer = answered.receive(ANSWER);
      }
      if (answer != null) return (MapMessage) answer;
    }
  }

  private void note(Message message) {
    try {
      MapMessage delivery = (MapMessage) message;
      synchronized (deliveries) {
        deliveries.put(
            delivery.getString("number"), delivery.getInt("quantity") + " × " + delivery.getString("article"));
        deliveries.notifyAll();
      }
    } catch (JMSException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private String article(int index) {
    return List.copyOf(PRICES.keySet()).get(index);
  }

  private String books() {
    return "{\"lines\":%d,\"revenue\":%d,\"asked\":%d,\"soldAgain\":%d,\"sold\":%s,\"deliveries\":%s}"
        .formatted(lines, revenue, asked, soldAgain, json(sold), json(deliveries));
  }

  /** None of the texts has anything to escape. */
  private static String json(Map<String, ?> map) {
    return map.entrySet().stream()
        .map(entry -> json(entry.getKey()) + ":" + json(entry.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String json(Object value) {
    return value instanceof String ? "\"" + value + "\"" : value.toString();
  }
}
