package io.virtentropy.benchmarks.crowd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** Any number of clients on one selector and one thread, and what they measure together. */
final class Crowd implements AutoCloseable {
  /** What the clients do between requests. */
  enum Mood {
    /** Nothing: what was asked for comes in, and that is all. */
    CONTENT,
    /** Ask again at once. */
    THIRSTY,
    /** Ask again after a pause of random length. */
    PACED
  }

  /** Someone who is called when a channel can do something, or a time has come. */
  interface Member {
    /** A channel of its can be read, or accepted from. */
    void ready(Crowd crowd) throws IOException;

    /** The time has come that was planned. */
    void tick(Crowd crowd) throws IOException;
  }

  private record Plan(long at, Member member) {}

  private static final int READ_BYTES = 65_536;
  private static final long MILLI_NANOS = 1_000_000;

  private final Selector selector = Selector.open();
  private final PriorityQueue<Plan> plans = new PriorityQueue<>((a, b) -> Long.signum(a.at - b.at));
  private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
  private final SplittableRandom random = new SplittableRandom(7);
  private final List<Latencies> latencies = new ArrayList<>();
  private Mood mood = Mood.CONTENT;
  private IOException failure;

  /** Guests that wait for a reply. */
  int waiting;

  /** Guests whose connection the daemon ended, though they did nothing wrong. */
  int lost;

  Crowd() throws IOException {
    CrowdPool.CLASSES.forEach(each -> latencies.add(new Latencies()));
  }

  Mood mood() {
    return mood;
  }

  void setMood(Mood value) {
    mood = value;
  }

  SplittableRandom random() {
    return random;
  }

  void register(SelectableChannel channel, int interest, Member member) throws IOException {
    channel.configureBlocking(false);
    SelectionKey unused = channel.register(selector, interest, member);
  }

  void plan(long nanosFromNow, Member member) {
    plans.add(new Plan(System.nanoTime() + nanosFromNow, member));
  }

  /** An empty buffer for whatever comes in next. */
  ByteBuffer in() {
    return in.clear();
  }

  /** Takes note of how long a request took. */
  void took(int classIndex, long nanos) {
    latencies.get(classIndex).add(nanos);
  }

  /** What requests of each class took since the last call. */
  List<Latencies> takeLatencies() {
    List<Latencies> all = List.copyOf(latencies);
    latencies.replaceAll(old -> new Latencies());
    return all;
  }

  /** Runs for a time. */
  void run(long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    boolean unused = runUntil(() -> false, end);
  }

  /** Runs until something is the case; false if the time was over before. */
  boolean runUntil(BooleanSupplier done, long end) throws IOException {
    while (!done.getAsBoolean()) {
      long now = System.nanoTime();
      if (end - now <= 0) {
        return false;
      }
      long next = end;
      while (!plans.isEmpty() && plans.peek().at - now <= 0) {
        plans.poll().member().tick(this);
      }
      if (!plans.isEmpty() && plans.peek().at - next < 0) {
        next = plans.peek().at;
      }
      long millis = Math.max(0, next - now + MILLI_NANOS - 1) / MILLI_NANOS;
      int unused =
          millis == 0 ? selector.selectNow(this::ready) : selector.select(this::ready, millis);
      if (failure != null) {
        throw failure;
      }
    }
    return true;
  }

  private void ready(SelectionKey key) {
    try {
      ((Member) key.attachment()).ready(this);
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public void close() throws IOException {
    for (SelectionKey key : selector.keys()) {
      key.channel().close();
    }
    selector.close();
  }
}
