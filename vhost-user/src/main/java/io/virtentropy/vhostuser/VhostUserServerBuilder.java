package io.virtentropy.vhostuser;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.vhostuser.GuestSocket.Role;
import io.virtentropy.vhostuser.linux.LinuxAbi;
import io.virtentropy.virtio.queue.SplitRingLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Collects what a {@link VhostUserServer} is made of. One or more calls of {@link #listen} and
 * {@link #connect} name the sockets; the guests have numbers in the order of those calls.
 */
public final class VhostUserServerBuilder {
  final List<GuestSocket> sockets = new ArrayList<>();
  Function<GuestSocket, EntropyBackend> sources;
  Function<GuestSocket, RateLimiter> limiters = guest -> RateLimiter.unlimited();
  NanoClock clock = NanoClock.system();
  VhostUserListener listener = VhostUserListener.NONE;
  int queueSize = VhostUserServer.DEFAULT_QUEUE_SIZE;
  long spinNanos =
      Runtime.getRuntime().availableProcessors() > 1 ? VhostUserServer.DEFAULT_SPIN_NANOS : 0;

  VhostUserServerBuilder() {}

  /**
   * Serves a guest whose front-end connects.
   *
   * @param path where to listen
   * @return this
   */
  public VhostUserServerBuilder listen(Path path) {
    return add(path, Role.LISTENS);
  }

  /**
   * Serves a guest whose front-end listens. It is connected to again whenever it is lost.
   *
   * @param path where it listens
   * @return this
   */
  public VhostUserServerBuilder connect(Path path) {
    return add(path, Role.CONNECTS);
  }

  private VhostUserServerBuilder add(Path path, Role role) {
    if (sockets.size() == Token.MOST_ENDPOINTS) {
      throw new IllegalArgumentException(
          "one socket more than the " + Token.MOST_ENDPOINTS + " that are accepted");
    }
    sockets.add(new GuestSocket(sockets.size(), Objects.requireNonNull(path, "path"), role));
    return this;
  }

  /**
   * Chooses one source for all guests.
   *
   * @param shared the source; only the thread that polls calls it; the caller's to close
   * @return this
   */
  public VhostUserServerBuilder source(EntropyBackend shared) {
    Objects.requireNonNull(shared, "shared");
    return sources(guest -> shared);
  }

  /**
   * Chooses a source for each guest.
   *
   * @param perGuest called once for each socket; the sources are the caller's to close
   * @return this
   */
  public VhostUserServerBuilder sources(Function<GuestSocket, EntropyBackend> perGuest) {
    sources = Objects.requireNonNull(perGuest, "perGuest");
    return this;
  }

  /**
   * Limits how fast entropy flows; unlimited unless given.
   *
   * @param perGuest called once for each socket; a limiter goes on over all of its connections
   * @return this
   */
  public VhostUserServerBuilder limiters(Function<GuestSocket, RateLimiter> perGuest) {
    limiters = Objects.requireNonNull(perGuest, "perGuest");
    return this;
  }

  /**
   * Chooses the clock of limits and retries; the host's unless given.
   *
   * @param value the clock, which the limiters use too
   * @return this
   */
  public VhostUserServerBuilder clock(NanoClock value) {
    clock = Objects.requireNonNull(value, "clock");
    return this;
  }

  /**
   * Listens to rare events.
   *
   * @param value the listener
   * @return this
   */
  public VhostUserServerBuilder listener(VhostUserListener value) {
    listener = Objects.requireNonNull(value, "listener");
    return this;
  }

  /**
   * Chooses the largest ring; {@link VhostUserServer#DEFAULT_QUEUE_SIZE} unless given.
   *
   * @param value a power of 2 from 1 to 32768
   * @return this
   */
  public VhostUserServerBuilder queueSize(int value) {
    if (!SplitRingLayout.isLegalSize(value)) {
      throw new IllegalArgumentException(
          "queue size " + value + "; a power of 2 from 1 to 32768 is accepted");
    }
    queueSize = value;
    return this;
  }

  /**
   * Chooses how long to look for work before sleeping; {@link VhostUserServer#DEFAULT_SPIN_NANOS}
   * unless given, and nothing on a machine with one processor.
   *
   * @param nanos the longest time in nanoseconds; 0 for not at all
   * @return this
   */
  public VhostUserServerBuilder spinNanos(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("a spin of " + nanos + " ns; 0 or more is accepted");
    }
    spinNanos = nanos;
    return this;
  }

  /**
   * Opens the sockets.
   *
   * @return the server, which listens already
   * @throws IOException with one clear sentence if a socket can't be had
   * @throws UnsupportedPlatformException if this is not Linux on x86-64 or aarch64
   * @throws IllegalStateException if there is no source or no socket
   */
  public VhostUserServer build() throws IOException {
    if (!LinuxAbi.isSupported()) {
      throw new UnsupportedPlatformException(LinuxAbi.describe());
    }
    if (sources == null || sockets.isEmpty()) {
      throw new IllegalStateException("a source and at least one socket are needed");
    }
    return new VhostUserServer(this);
  }
}
