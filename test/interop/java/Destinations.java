import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.Topic;
import java.util.HashMap;
import java.util.Map;

/** Destinations and the texts that the protocol has for them. */
final class Destinations {
  private final Map<String, Destination> temporaries = new HashMap<>();

  /** Makes a temporary queue or topic, and gives its text. */
  String createTemporary(Session session, String kind) throws JMSException {
    Destination destination = kind.equals("queue") ? session.createTemporaryQueue() : session.createTemporaryTopic();
    temporaries.put(textOf(destination), destination);
    return textOf(destination);
  }

  Destination of(Session session, String text) throws JMSException {
    Destination temporary = temporaries.get(text);
    if (temporary != null) return temporary;
    String name = text.substring(text.indexOf(':') + 1);
    return text.startsWith("queue:") ? session.createQueue(name) : session.createTopic(name);
  }

  static String textOf(Destination destination) throws JMSException {
    if (destination instanceof Queue queue) {
      return (queue instanceof TemporaryQueue ? "temporary-queue:" : "queue:") + queue.getQueueName();
    }
    Topic topic = (Topic) destination;
    return (topic instanceof TemporaryTopic ? "temporary-topic:" : "topic:") + topic.getTopicName();
  }
}
