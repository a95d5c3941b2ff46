package io.virtentropy.conformance.spec;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.cli.Subcommand;
import io.virtentropy.conformance.command.ConformanceCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

@DisplayName("The subcommand conformance")
final class ConformanceCommandTest {

  @Test
  @DisplayName("should be found as a service")
  void service() {
    assertTrue(
        ServiceLoader.load(Subcommand.class).stream()
            .anyMatch(provider -> provider.type() == ConformanceCommand.class));
  }

  @Test
  @DisplayName("should refuse a QEMU that is none in one sentence")
  void refuses() {
    StringWriter err = new StringWriter();
    CommandLine command = new CommandLine(new ConformanceCommand());
    command.setErr(new PrintWriter(err, true));
    Assertions.assertEquals(2, command.execute("--qemu", "/no/such"));
    assertTrue(err.toString().contains("--qemu: "), err.toString());
  }
}
