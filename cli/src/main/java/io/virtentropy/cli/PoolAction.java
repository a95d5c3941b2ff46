package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What the commands about pools have in common: a daemon to call, and 1 for what it refuses. */
abstract class PoolAction implements Callable<Integer> {
  @Mixin private ControlOptions control;

  @Spec private CommandSpec spec;

  @Override
  public final Integer call() throws IOException, InterruptedException {
    try (ControlClient client = control.connect()) {
      return act(client, spec.commandLine().getOut());
    } catch (RefusedException e) {
      spec.commandLine()
          .getErr()
          .println(spec.qualifiedName() + ": " + e.getMessage().replace('\n', ' '));
      return 1;
    }
  }

  /** Does it; the exit code. */
  abstract int act(ControlClient client, PrintWriter out)
      throws RefusedException, IOException, InterruptedException;
}
