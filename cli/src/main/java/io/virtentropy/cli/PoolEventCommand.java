package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import io.virtentropy.distribution.daemon.DaemonEvent;
import jakarta.json.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code virtentropy pool-event}: as {@code virsh event}, one unless told otherwise. */
@Command(
    name = "pool-event",
    description = "Waits for an event of pools and prints it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolEventCommand extends PoolAction {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "POOL",
      completionCandidates = PoolNames.class,
      description = "The name of the one pool of interest; all unless given.")
  private String pool;

  @Option(names = "--loop", description = "Go on until interrupted.")
  private boolean loop;

  @Option(
      names = "--event",
      paramLabel = "KIND",
      description = "Of this kind only: ${COMPLETION-CANDIDATES}.",
      completionCandidates = Kinds.class)
  private String kind;

  /** The words for kinds of events. */
  static final class Kinds implements Iterable<String> {
    Kinds() {}

    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(DaemonEvent.Kind.values()).map(DaemonEvent.Kind::word).iterator();
    }
  }

  PoolEventCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    List<String> kinds = new ArrayList<>();
    new Kinds().forEach(kinds::add);
    if (kind != null && !kinds.contains(kind)) {
      throw new UnusableException(
          "--event " + kind + "; accepted are " + String.join(", ", kinds), null);
    }
    client.events(
        event -> {
          if (!isWanted(event)) {
            return true;
          }
          String about = event.getString("pool");
          String detail = event.getString("detail");
          out.println(
              event.getString("time")
                  + ": event '"
                  + event.getString("event")
                  + "'"
                  + (about.isEmpty() ? "" : " for entropy pool " + about)
                  + (detail.isEmpty() ? "" : ": " + detail));
          out.flush();
          return loop;
        });
    return 0;
  }

  private boolean isWanted(JsonObject event) {
    return (pool == null || pool.equals(event.getString("pool")))
        && (kind == null || kind.equals(event.getString("event")));
  }
}
