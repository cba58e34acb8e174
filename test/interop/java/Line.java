import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One line of the protocol that {@link JmsPeer} tells. */
final class Line {
  /** A name may occur several times. */
  record Field(String name, String value) {}

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
