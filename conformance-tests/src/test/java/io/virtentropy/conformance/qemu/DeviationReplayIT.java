package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.spec.Deviation;
import io.virtentropy.conformance.spec.QemuSubjects;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The scripts that show QEMU's deviations, run on QEMU: each has to show what it says. */
@DisplayName("The replay of a deviation")
final class DeviationReplayIT {
  private static final Pattern DEVICE = Pattern.compile("-device (\\S+)");
  private static final Pattern VALUE = Pattern.compile("0x[0-9a-f]+");

  @TestFactory
  Stream<DynamicContainer> replays() {
    return Qemus.all().stream()
        .map(
            qemu ->
                DynamicContainer.dynamicContainer(
                    "on QEMU " + qemu.version(),
                    known(qemu).stream()
                        .map(
                            deviation ->
                                DynamicTest.dynamicTest(
                                    deviation.id() + " " + deviation.title(),
                                    () -> replay(qemu, deviation.replay())))));
  }

  @Test
  @DisplayName("should be there for each of the 20 points in which copying QEMU would be wrong")
  void twenty() {
    for (QemuBinary qemu : Qemus.all()) {
      TreeSet<String> ids = new TreeSet<>(known(qemu).stream().map(Deviation::id).toList());
      assertTrue(
          ids.containsAll(
              IntStream.rangeClosed(1, 20).mapToObj(i -> String.format("QEMU-%02d", i)).toList()));
    }
  }

  private static List<Deviation> known(QemuBinary qemu) {
    return QemuSubjects.of(qemu).get(0).deviations();
  }

  private static void replay(QemuBinary qemu, List<String> script) throws IOException {
    String with = script.get(0).startsWith("# with ") ? script.get(0) : "";
    Matcher device = DEVICE.matcher(with);
    String properties = device.find() ? device.group(1) : "virtio-rng-pci,rng=r,addr=4.0";
    try (WorkFolder folder = WorkFolder.make();
        EgdPeer daemon = EgdPeer.listen(folder.file("egd"))) {
      QemuMachine.Builder builder = QemuMachine.of(qemu, qemu.machineType("q35"));
      if (with.contains("rng-egd")) {
        builder
            .arguments("-chardev", "socket,id=c,path=" + WorkFolder.asOption(daemon.path()))
            .object("rng-egd,id=r,chardev=c");
      } else {
        builder.object("rng-builtin,id=r");
      }
      try (QemuMachine machine = builder.device(properties + ",ioeventfd=off").start()) {
        Replay replay = new Replay(machine.qtest(), daemon);
        QemuSubjects.liveDevice().forEach(replay::line);
        script.forEach(replay::line);
        replay.end();
      }
    }
  }

  /** A script on its way. */
  private static final class Replay {
    private final QtestClient qtest;
    private final EgdPeer daemon;
    private String reply = "";
    private QemuGoneException gone;
    private boolean abortSeen;
    private int checks;

    Replay(QtestClient qtest, EgdPeer daemon) {
      this.qtest = qtest;
      this.daemon = daemon;
    }

    void line(String line) {
      if (gone != null && !line.equals("# QEMU aborts")) {
        throw gone;
      }
      if (line.startsWith("# = ")) {
        checks++;
        assertEquals(value(line), value(reply), line);
      } else if (line.startsWith("# not ")) {
        checks++;
        assertNotEquals(value(line), value(reply), line);
      } else if (line.startsWith("# the daemon is asked: ")) {
        checks++;
        String asked = HexFormat.ofDelimiter(" ").formatHex(daemon.takeBytes());
        assertEquals(line.substring(line.indexOf(": ") + 2), asked.isEmpty() ? "nothing" : asked);
      } else if (line.startsWith("# the daemon gives ")) {
        daemon.send(new byte[Integer.parseInt(line.split(" ", -1)[4])]);
        settle();
      } else if (line.equals("# QEMU aborts")) {
        checks++;
        assertNotNull(gone, line);
        abortSeen = true;
      } else if (!line.startsWith("#")) {
        command(line);
      }
    }

    void end() {
      assertTrue(checks > 0, "a script that says nothing to be seen");
      assertTrue(gone == null || abortSeen, () -> "QEMU is gone: " + gone);
    }

    private void command(String line) {
      try {
        reply = qtest.reply(line);
        assertTrue(reply.startsWith("OK"), () -> line + " was answered by " + reply);
      } catch (QemuGoneException e) {
        gone = e; // which may be what the script is about
        return;
      }
      settle();
    }

    private void settle() {
      try {
        qtest.turns(QemuSupply.TURNS);
      } catch (QemuGoneException e) {
        gone = e; // likewise
      }
    }

    private static long value(String text) {
      Matcher value = VALUE.matcher(text);
      assertTrue(value.find(), () -> "'" + text + "' holds no value");
      return Long.parseUnsignedLong(value.group().substring(2), 16);
    }
  }
}
