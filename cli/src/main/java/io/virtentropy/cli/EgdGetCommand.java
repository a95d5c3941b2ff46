package io.virtentropy.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code virtentropy egd get}: bytes from an EGD server. */
@Command(
    name = "get",
    description = "Gets bytes from an EGD server, and waits for all of them.",
    mixinStandardHelpOptions = true)
final class EgdGetCommand implements Callable<Integer> {
  private static final int BYTES_PER_LINE = 32;

  @Parameters(paramLabel = "N", description = "How many bytes, 1 or more.")
  private long count;

  @Mixin private EgdClientOptions server;

  @Option(names = "--hex", description = "Write hexadecimal digits instead of the bytes.")
  private boolean hex;

  @Option(
      names = "--now",
      description = "Don't wait: get what the server has, up to N bytes; exit code 1 if nothing.")
  private boolean now;

  @Spec private CommandSpec spec;

  EgdGetCommand() {}

  @Override
  public Integer call() throws IOException {
    if (count < 1) {
      throw new UnusableException(count + " bytes; 1 or more is accepted", null);
    }
    try (EgdClient client = server.open()) {
      EgdClient.Taker taker = hex ? new HexLines(spec.commandLine().getOut()) : raw(System.out);
      long got = count;
      if (now) {
        got = client.poll(count, taker);
      } else {
        client.read(count, taker);
      }
      if (taker instanceof HexLines lines) {
        lines.end();
      } else if (System.out.checkError()) {
        throw new IOException("standard output can't be written to");
      }
      return got > 0 ? 0 : 1;
    }
  }

  private static EgdClient.Taker raw(PrintStream out) {
    OutputStream stream = out;
    return (bytes, length) -> {
      stream.write(bytes, 0, length);
      stream.flush();
    };
  }

  /** Digits in lines of equal length. */
  private static final class HexLines implements EgdClient.Taker {
    private final PrintWriter out;
    private int inLine;

    HexLines(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void take(byte[] bytes, int length) {
      for (int i = 0; i < length; i++) {
        out.print(HexFormat.of().toHexDigits(bytes[i]));
        inLine++;
        if (inLine == BYTES_PER_LINE) {
          end();
        }
      }
    }

    void end() {
      if (inLine > 0) {
        out.println();
        inLine = 0;
      }
      out.flush();
    }
  }
}
