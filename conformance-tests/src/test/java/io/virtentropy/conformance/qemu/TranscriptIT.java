package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replays a conversation with the installed QEMU and compares every reply. */
@DisplayName("The installed QEMU")
final class TranscriptIT {
  private static final String TRANSCRIPT = "transcript-7.2.txt";

  @TempDir private Path folder;

  @Test
  @DisplayName("should answer the recorded driver word by word")
  void answersTheTranscript() throws IOException {
    QemuBinary qemu = Qemus.installed();
    try (EgdPeer egd = EgdPeer.listen(folder.resolve("egd"));
        QemuMachine machine =
            QemuMachine.of(qemu, "pc-q35-7.2")
                .arguments("-chardev", "socket,id=ch,path=" + egd.path())
                .object("rng-egd,id=r,chardev=ch")
                .device("virtio-rng-pci,rng=r,addr=4.0")
                .start()) {
      machine.qtest().ignoreIrq(0);
      String reply = "";
      int compared = 0;
      for (String line : lines()) {
        String rest = line.substring(line.indexOf(' ') + 1);
        if (line.startsWith("> ")) {
          reply = machine.qtest().reply(rest);
        } else if (line.startsWith("< ")) {
          assertEquals(rest, reply, "after " + compared + " replies");
          compared++;
        } else if (line.startsWith("EGD asks ")) {
          // By its eventfd, so not before QEMU has looked at that.
          machine.qtest().turns(QemuSupply.TURNS);
          assertEquals(line.substring("EGD asks ".length()), hex(egd.takeBytes()));
        } else if (line.startsWith("EGD gives ")) {
          egd.send(HexFormat.of().parseHex(line.substring("EGD gives ".length())));
        } else {
          machine.qtest().turns(QemuSupply.TURNS);
          assertEquals(List.of(irq(rest)), machine.qtest().takeIrqs(), line);
        }
      }
      assertEquals(51, compared);
      assertEquals(List.of(), machine.qtest().takeIrqs());
      assertTrue(
          machine.lastWords().contains("Guest says index 8 is available"), machine.lastWords());
    }
  }

  private static IrqEvent irq(String words) {
    String[] word = words.split(" ", -1);
    return new IrqEvent(Integer.parseInt(word[1]), word[0].equals("raise"));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static List<String> lines() throws IOException {
    try (InputStream in = TranscriptIT.class.getResourceAsStream(TRANSCRIPT)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }
}
