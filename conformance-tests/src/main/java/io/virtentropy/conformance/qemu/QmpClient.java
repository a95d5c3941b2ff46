package io.virtentropy.conformance.qemu;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

/**
 * QEMU's machine protocol, QMP: what a person or libvirt tells QEMU. One thread at a time.
 *
 * <p>See QEMU's {@code docs/interop/qmp-spec} for the protocol and {@code qemu-qmp-ref} for the
 * commands. Beware of 11.1.3, which dies of {@code x-query-virtio-status}.
 */
public final class QmpClient implements AutoCloseable {
  private final LineSocket socket;
  private final List<QmpEvent> events = new ArrayList<>();

  /** Takes over a connection that QEMU has just made. */
  QmpClient(LineSocket socket) {
    this.socket = socket;
    JsonObject greeting = read();
    if (!greeting.containsKey("QMP")) {
      throw new QemuStartException("QEMU's QMP greeting was " + greeting);
    }
    execute("qmp_capabilities");
  }

  /**
   * Runs a command without arguments.
   *
   * @param command its name
   * @return what QEMU returns, often an empty object
   * @throws QmpException if QEMU refuses it
   */
  public JsonValue execute(String command) {
    return execute(command, JsonValue.EMPTY_JSON_OBJECT);
  }

  /**
   * Runs a command.
   *
   * @param command its name
   * @param arguments by name
   * @return what QEMU returns, often an empty object
   * @throws QmpException if QEMU refuses it
   */
  public JsonValue execute(String command, JsonObject arguments) {
    socket.writeLine(
        Json.createObjectBuilder()
            .add("execute", command)
            .add("arguments", arguments)
            .build()
            .toString());
    while (true) {
      JsonObject message = read();
      if (message.containsKey("return")) {
        return message.get("return");
      }
      if (message.containsKey("error")) {
        JsonObject error = message.getJsonObject("error");
        throw new QmpException(
            command, error.getString("class", "unknown"), error.getString("desc", "no reason"));
      }
      keepEvent(message);
    }
  }

  /**
   * Waits for an event, one that came before included. Events before it are kept.
   *
   * @param name its name, such as {@code RESET}
   * @return the oldest of that name, which is then forgotten
   * @throws QemuSilentException if none comes within the deadline after another message
   */
  public QmpEvent awaitEvent(String name) {
    while (true) {
      for (int i = 0; i < events.size(); i++) {
        if (events.get(i).name().equals(name)) {
          return events.remove(i);
        }
      }
      keepEvent(read());
    }
  }

  /**
   * The events that came with the replies so far, and were not awaited.
   *
   * @return oldest first; they are then forgotten
   */
  public List<QmpEvent> takeEvents() {
    List<QmpEvent> taken = List.copyOf(events);
    events.clear();
    return taken;
  }

  /** Has something done from time to time while QEMU is slow to answer. */
  void whileWaiting(Runnable task) {
    socket.whileWaiting(task);
  }

  /** Stops the virtual machine; returns when it stands still. */
  public void stop() {
    execute("stop");
  }

  /** Lets a stopped machine go on; returns when it runs. */
  public void cont() {
    execute("cont");
  }

  /** Resets the machine as its button does; returns when it has been. */
  public void systemReset() {
    events.removeIf(event -> event.name().equals("RESET"));
    execute("system_reset");
    awaitEvent("RESET");
  }

  /**
   * The state of the machine.
   *
   * @return QEMU's word, such as {@code running} or {@code paused}
   */
  public String status() {
    return execute("query-status").asJsonObject().getString("status");
  }

  private void keepEvent(JsonObject message) {
    if (message.containsKey("event")) {
      JsonObject data = message.getJsonObject("data");
      events.add(
          new QmpEvent(
              message.getString("event"), data == null ? JsonValue.EMPTY_JSON_OBJECT : data));
    }
  }

  private JsonObject read() {
    String line = socket.readLine();
    try (JsonReader reader = Json.createReader(new StringReader(line))) {
      return reader.readObject();
    } catch (JsonException e) {
      throw new QemuGoneException("QEMU said '" + line + "' where QMP is spoken", e);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
