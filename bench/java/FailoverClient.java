import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.io.IOException;
import java.net.URI;
import org.apache.qpid.jms.JmsConnection;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.JmsConnectionListener;
import org.apache.qpid.jms.message.JmsInboundMessageDispatch;

/**
 * Qpid JMS for failover-time: {@code java FailoverClient.java URI USER PASSWORD QUEUE PACE}. Sends one persistent
 * message at a time, receives them, and prints {@code lost}, {@code confirmed} or {@code delivered} with the ms since
 * the epoch at which it happened. Ends with its standard input.
 */
public final class FailoverClient {
  public static void main(String[] arguments) throws Exception {
    endWithInput();
    JmsConnectionFactory factory = new JmsConnectionFactory(arguments[1], arguments[2], arguments[0]);
    Connection connection = factory.createConnection();
    ((JmsConnection) connection).addConnectionListener(new LossListener());
    Session receiving = connection.createSession();
    Queue queue = receiving.createQueue(arguments[3]);
    MessageConsumer consumer = receiving.createConsumer(queue);
    consumer.setMessageListener(message -> stamp("delivered"));
    connection.start();
    Session sending = connection.createSession();
    MessageProducer producer = sending.createProducer(queue);
    long pace = Long.parseLong(arguments[4]);
    while (true) {
      producer.send(sending.createTextMessage("order"));
      stamp("confirmed");
      Thread.sleep(pace);
    }
  }

  private static void stamp(String event) {
    System.out.println(event + " " + System.currentTimeMillis());
  }

  private static void endWithInput() {
    Thread reader =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (IOException ignored) {
                // It has ended, too.
              }
              Runtime.getRuntime().halt(0);
            });
    reader.setDaemon(true);
    reader.start();
  }

  private static final class LossListener implements JmsConnectionListener {
    @Override
    public void onConnectionInterrupted(URI remote) {
      stamp("lost");
    }

    @Override
    public void onConnectionEstablished(URI remote) {}

    @Override
    public void onConnectionFailure(Throwable error) {}

    @Override
    public void onConnectionRestored(URI remote) {}

    @Override
    public void onInboundMessage(JmsInboundMessageDispatch message) {}

    @Override
    public void onSessionClosed(Session session, Throwable cause) {}

    @Override
    public void onConsumerClosed(MessageConsumer consumer, Throwable cause) {}

    @Override
    public void onProducerClosed(MessageProducer producer, Throwable cause) {}
  }
}
