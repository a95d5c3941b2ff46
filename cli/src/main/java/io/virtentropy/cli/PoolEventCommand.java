package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import jakarta.json.JsonObject;
import java.io.PrintWriter;
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
      description = "Of this kind only: defined, undefined, started, stopped, client-attached…")
  private String kind;

  PoolEventCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
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
