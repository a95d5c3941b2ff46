package io.virtentropy.conformance.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That servers which do wrong are found out: a suite that can't fail is none. */
@DisplayName("The model of EGD servers")
class EgdModelTest {
  @TempDir Path folder;

  /** Says the same whatever it is sent, and closes or doesn't. */
  private final class Parrot implements EgdServerUnderTest {
    private final ServerSocketChannel listening;
    private final byte[] says;
    private final boolean closes;
    private SocketChannel accepted;

    Parrot(String says, boolean closes) throws IOException {
      this.says = HexFormat.of().parseHex(says);
      this.closes = closes;
      listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      listening.bind(address());
    }

    @Override
    public SocketAddress address() {
      return UnixDomainSocketAddress.of(folder.resolve("parrot"));
    }

    @Override
    public SocketChannel connect() throws IOException {
      SocketChannel client = SocketChannel.open(address());
      accepted = listening.accept();
      accepted.write(ByteBuffer.wrap(says));
      if (closes) {
        accepted.shutdownOutput();
      }
      return client;
    }

    @Override
    public void supply(byte[] bytes) {}

    @Override
    public void close() throws IOException {
      listening.close();
      if (accepted != null) {
        accepted.close();
      }
    }
  }

  /** Bytes that are not the source's are as likely as any others here. */
  private static final class Zeros implements RandomGenerator {
    @Override
    public long nextLong() {
      return 0;
    }
  }

  private static EgdStep step(String name) {
    return switch (name) {
      case "level" -> new EgdStep.Level();
      case "poll 4" -> new EgdStep.Poll(4);
      case "read 4" -> new EgdStep.Read(4);
      case "pid" -> new EgdStep.Pid();
      case "junk" -> new EgdStep.Junk(0x93);
      case "end" -> new EgdStep.End("");
      case "write" -> new EgdStep.Write(8, 1);
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest(name = "{2}, at {0}")
  @DisplayName("should find a server out that")
  @CsvSource({
    "level, 80000000, says a level that is negative to some, the level is 80000000",
    "level, 001000, breaks off in its answer, awaited: the level",
    "poll 4, 0500000000, polls more than was asked for, the reply to a read is 0500000000",
    "poll 4, 0300000000, polls less than there is, the reply to a read is 0300000000",
    "poll 4, 0400000001, gives bytes that are not its source's, the reply to a read is 0400000001",
    "read 4, 04000000, puts the length before a read, the reply to a read is 04000000",
    "read 4, 000000, gives less than was asked for, '4 bytes, of which 3 came'",
    "pid, 00, has a process number of no digits, a process number of 0 characters",
    "pid, 022d31, has a negative process number, the process number is 2d31",
    "pid, 21, has a process number too long for anybody, a process number of 33 characters",
    "junk, 00, answers what is no command, a byte that nobody has asked for",
    "write, 00, answers a contribution, a byte that nobody has asked for",
    "end, 00, sends what nobody has asked for, a byte that nobody has asked for"
  })
  void findsOut(String step, String says, String what, String found) throws IOException {
    AssertionError error = assertThrows(AssertionError.class, () -> converse(step, says, true));
    assertTrue(error.getMessage().contains(found), error.getMessage());
  }

  @Test
  @DisplayName("should find a server out that leaves the connection open")
  void leavesOpen() {
    AssertionError error = assertThrows(AssertionError.class, () -> converse("junk", "", false));
    assertTrue(error.getMessage().startsWith("the server does not close"), error.getMessage());
  }

  @Test
  @DisplayName("should find a server out that does not answer, and say what was awaited")
  void silent() {
    AssertionError error = assertThrows(AssertionError.class, () -> converse("level", "", false));
    assertTrue(
        error.getMessage().startsWith("nothing more comes; awaited: the level, 4 bytes"),
        error.getMessage());
  }

  private void converse(String step, String says, boolean closes) throws IOException {
    try (EgdServerUnderTest server = new Parrot(says, closes);
        EgdConversation conversation =
            new EgdConversation(server, new Zeros(), Duration.ofMillis(50))) {
      conversation.apply(new EgdStep.Supply(4));
      conversation.apply(step(step));
      conversation.apply(new EgdStep.End(""));
    }
  }

  @Test
  @DisplayName("should refuse to have a deviation declared twice")
  void declaredTwice() {
    EgdDeviation deviation = new EgdDeviation(EgdQuirk.NEGATIVE_PID, "because");
    assertThrows(IllegalArgumentException.class, () -> new EgdModel(List.of(deviation, deviation)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new EgdDeviation(EgdQuirk.STALLS_ON_LONG_INPUT, -1, "because"));
  }

  @Test
  @DisplayName("should cap what a contribution counts for at eight bits a byte")
  void caps() {
    EgdModel model = new EgdModel(List.of());
    model.send(new EgdStep.Write(0xffff, 2));
    model.send(new EgdStep.Write(3, 1));
    assertEquals(
        List.of(new EgdModel.Contribution(2, 16), new EgdModel.Contribution(1, 3)),
        model.contributions());
  }

  @Test
  @DisplayName("should have nothing due of a waiting read until it is whole, if so declared")
  void wholeReads() {
    EgdModel model =
        new EgdModel(List.of(new EgdDeviation(EgdQuirk.WAITING_READ_WHOLE, "it collects first")));
    model.send(new EgdStep.Read(5));
    model.supply(new byte[] {1, 2});
    assertEquals(List.of(), model.collect());
    model.supply(new byte[] {3, 4, 5, 6});
    assertEquals(1, model.collect().size());
    assertEquals(0, model.waiting());
    assertEquals(1, model.stocked());
  }

  @Test
  @DisplayName("should make up each kind of step")
  void allKinds() {
    SplittableRandom random = new SplittableRandom(1);
    long kinds =
        Stream.generate(() -> EgdStep.any(random))
            .limit(1000)
            .map(step -> step instanceof EgdStep.Cut cut ? cut.request() : step)
            .map(Object::getClass)
            .distinct()
            .count();
    assertEquals(8, kinds);
  }
}
