import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQMessageProducer;
import org.apache.activemq.AsyncCallback;

/**
 * activemq-client for openwire-throughput: {@code java OpenWireClient.java URI USER PASSWORD QUEUE MODE WINDOW BYTES
 * WARM-UP MESSAGES TIMED}, where the mode is {@code persistent} or {@code non-persistent}. Sends that many messages,
 * receives and acknowledges them, and prints what that took as JSON.
 */
public final class OpenWireClient {
  private static final com.sun.management.OperatingSystemMXBean SYSTEM =
      (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final Session sending;
  private final ActiveMQMessageProducer producer;
  private final boolean persistent;
  private final byte[] body;
  /** Sends that may be unconfirmed, or not received where nothing is confirmed. */
  private final Semaphore window;
  private volatile CountDownLatch received = new CountDownLatch(0);

  private OpenWireClient(Connection connection, String queueName, boolean persistent, int window, int bytes)
      throws JMSException {
    this.persistent = persistent;
    this.window = new Semaphore(window);
    body = new byte[bytes];
    Arrays.fill(body, (byte) 7);
    sending = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    Queue queue = sending.createQueue(queueName);
    producer = (ActiveMQMessageProducer) sending.createProducer(queue);
    producer.setDeliveryMode(persistent ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT);
    MessageConsumer consumer = connection.createSession(Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
    consumer.setMessageListener(
        message -> {
          if (!persistent) this.window.release();
          received.countDown();
        });
  }

  public static void main(String[] arguments) throws Exception {
    Connection connection =
        new ActiveMQConnectionFactory(arguments[0]).createConnection(arguments[1], arguments[2]);
    connection.setExceptionListener(OpenWireClient::fail);
    connection.start();
    OpenWireClient client =
        new OpenWireClient(
            connection,
            arguments[3],
            arguments[4].equals("persistent"),
            Integer.parseInt(arguments[5]),
            Integer.parseInt(arguments[6]));
    client.run(Integer.parseInt(arguments[7]));
    int messages = Integer.parseInt(arguments[8]);
    System.gc();
    long cpuBefore = SYSTEM.getProcessCpuTime();
    long start = System.nanoTime();
    client.run(messages);
    double seconds = (System.nanoTime() - start) / 1e9;
    double cpu = (SYSTEM.getProcessCpuTime() - cpuBefore) / 1e3 / messages;
    double memory = peakMemory();
    double[] times = client.time(Integer.parseInt(arguments[9]));
    System.out.printf(
        "{\"rate\":%f,\"cpu\":%f,\"p50\":%f,\"p99\":%f,\"rss\":%f}%n",
        messages / seconds, cpu, at(times, 0.5), at(times, 0.99), memory);
    connection.close();
    System.exit(0);
  }

  /** Resolves when so many are sent, confirmed and received. */
  private void run(int messages) throws Exception {
    received = new CountDownLatch(messages);
    CountDownLatch confirmed = new CountDownLatch(persistent ? messages : 0);
    AsyncCallback confirmation =
        new AsyncCallback() {
          @Override
          public void onSuccess() {
            window.release();
            confirmed.countDown();
          }

          @Override
          public void onException(JMSException failure) {
            fail(failure);
          }
        };
    for (int number = 0; number < messages; number++) {
      window.acquire();
      BytesMessage message = sending.createBytesMessage();
      message.writeBytes(body);
      if (persistent) producer.send(message, confirmation);
      else producer.send(message);
    }
    confirmed.await();
    received.await();
  }

  /** ms for each of so many, one at a time. */
  private double[] time(int messages) throws Exception {
    double[] times = new double[messages];
    for (int number = 0; number < messages; number++) {
      long start = System.nanoTime();
      run(1);
      times[number] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(times);
    return times;
  }

  private static void fail(JMSException failure) {
    failure.printStackTrace();
    Runtime.getRuntime().halt(1);
  }

  private static double at(double[] sorted, double part) {
    return sorted[(int) Math.floor((sorted.length - 1) * part)];
  }

  /** MB that were resident at most, where the system tells; else those of the heap. */
  private static double peakMemory() throws Exception {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) return Runtime.getRuntime().totalMemory() / 1e6;
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmHWM:")) return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024 / 1e6;
    }
    return Double.NaN;
  }
}
