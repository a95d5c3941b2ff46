package io.virtentropy.distribution.rng;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.util.LinkedHashMap;
import java.util.Map;

/** The properties of one {@code -object}, {@code -device} or {@code -chardev}, in order. */
final class QemuProperties {
  private final String first;
  private final String firstValue;
  private final Map<String, Object> others = new LinkedHashMap<>();

  /**
   * Begins with the property that says what it is, whose name the older form leaves out.
   *
   * @param first {@code qom-type}, {@code driver} or {@code backend}
   * @param value its value
   */
  QemuProperties(String first, String value) {
    this.first = first;
    this.firstValue = value;
  }

  /** Adds a property: a string, a number, or a truth. */
  QemuProperties with(String name, Object value) {
    others.put(name, value);
    return this;
  }

  /** {@code type,name=value}: a comma in a value is doubled. */
  String asOptions() {
    StringBuilder out = new StringBuilder(firstValue);
    others.forEach(
        (name, value) ->
            out.append(',').append(name).append('=').append(word(value).replace(",", ",,")));
    return out.toString();
  }

  private static String word(Object value) {
    if (value instanceof Boolean on) {
      return on ? "on" : "off";
    }
    return value.toString();
  }

  /** A JSON object on one line. */
  String asJson() {
    JsonObjectBuilder json = Json.createObjectBuilder().add(first, firstValue);
    others.forEach(
        (name, value) -> {
          if (value instanceof Boolean on) {
            json.add(name, on);
          } else if (value instanceof Long number) {
            json.add(name, number);
          } else {
            json.add(name, value.toString());
          }
        });
    return json.build().toString();
  }
}
