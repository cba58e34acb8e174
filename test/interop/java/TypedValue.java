import java.util.HexFormat;

/** Values with their types, as the protocol writes them: {@code int:1}. */
final class TypedValue {
  private TypedValue() {}

  static Object parse(String typed) {
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

  static String format(Object value) {
    if (value == null) return "null:";
    if (value instanceof byte[] bytes) return "bytes:" + HexFormat.of().formatHex(bytes);
    if (value instanceof Integer) return "int:" + value;
    if (value instanceof Character) return "char:" + value;
    return value.getClass().getSimpleName().toLowerCase() + ":" + value;
  }
}
