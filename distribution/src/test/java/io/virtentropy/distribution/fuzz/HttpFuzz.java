package io.virtentropy.distribution.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A fuzz target for management: whatever is sent to the control socket, all that comes back is
 * HTTP, no answer is an error of ours, the next caller is served, and nothing happens outside the
 * folder of pools. Run by {@code distribution/fuzz http}, and over the corpus by {@link
 * FuzzCorpusTest}.
 *
 * <pre>
 *   R | bytes as they are
 *   S | method | 0 | path | 0 | header lines | 0 | body
 *   C | method | 0 | path | 0 | header lines | 0 | body, sent in chunks
 * </pre>
 */
public final class HttpFuzz {
  private static FuzzedDaemon daemon;

  private HttpFuzz() {}

  /** What Jazzer calls first. */
  public static void fuzzerInitialize() throws IOException {
    daemon = new FuzzedDaemon();
  }

  /** What Jazzer calls last. */
  public static void fuzzerTearDown() throws IOException {
    daemon.close();
  }

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(data, 1, data.length);
    try {
      switch (data[0]) {
        case 'S' -> daemon.feed(request(rest, false));
        case 'C' -> daemon.feed(request(rest, true));
        default -> daemon.feed(rest);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] request(byte[] fields, boolean chunked) {
    // Characters that stand for their bytes.
    String[] parts = new String(fields, StandardCharsets.ISO_8859_1).split("\0", 4);
    String body = field(parts, 3);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    line(out, field(parts, 0) + " " + field(parts, 1) + " HTTP/1.1");
    line(out, "Host: localhost");
    field(parts, 2).lines().forEach(header -> line(out, header));
    if (chunked) {
      line(out, "Transfer-Encoding: chunked");
      line(out, "");
      int size = body.isEmpty() ? 1 : 1 + body.charAt(0);
      for (int at = 0; at < body.length(); at += size) {
        String chunk = body.substring(at, Math.min(body.length(), at + size));
        line(out, Integer.toHexString(chunk.length()));
        line(out, chunk);
      }
      line(out, "0");
      line(out, "");
    } else {
      line(out, "Content-Length: " + body.length());
      line(out, "");
      out.writeBytes(body.getBytes(StandardCharsets.ISO_8859_1));
    }
    return out.toByteArray();
  }

  private static String field(String[] parts, int index) {
    return index < parts.length ? parts[index] : "";
  }

  private static void line(ByteArrayOutputStream out, String line) {
    out.writeBytes((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
  }
}
