package io.virtentropy.distribution.rng;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What libvirt was seen to do, from the file that tells it. */
final class LibvirtCases {
  private static final String FILE = "libvirt-9.0.0.txt";

  private LibvirtCases() {}

  /**
   * One device.
   *
   * @param name what it shows
   * @param given the element as given to libvirt
   * @param dumped the element as libvirt prints it
   * @param arguments QEMU's, as option and value in turn
   * @param refusal why there are none
   */
  record Case(
      String name, String given, String dumped, List<String> arguments, Optional<String> refusal) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> all() throws IOException {
    List<Case> cases = new ArrayList<>();
    String text;
    try (InputStream in = LibvirtCases.class.getResourceAsStream(FILE)) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    for (String block : text.substring(text.indexOf("== ")).split("(?m)^== ", -1)) {
      if (!block.isEmpty()) {
        cases.add(parse(block));
      }
    }
    return cases;
  }

  private static Case parse(String block) {
    String[] parts = block.split("\n--\n", -1);
    String[] head = parts[0].split("\n", 2);
    List<String> arguments = new ArrayList<>();
    Optional<String> refusal = Optional.empty();
    for (String line : parts[2].strip().split("\n", -1)) {
      String[] words = line.split(" ", 2);
      if (words[0].equals("!")) {
        refusal = Optional.of(words[1]);
      } else {
        arguments.add(words[0]);
        arguments.add(words[1]);
      }
    }
    return new Case(head[0], head[1], parts[1] + "\n", List.copyOf(arguments), refusal);
  }
}
