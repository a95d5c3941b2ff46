package io.virtentropy.conformance.backends;

import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.serving.PoolListener;
import io.virtentropy.distribution.serving.PoolServer;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.util.UUID;

/** A pool in a process of its own, until a byte comes; then a process without one. */
public final class WipingPool {
  private WipingPool() {}

  /** Serves the source of the first argument at the socket of the second. */
  public static void main(String[] arguments) throws IOException {
    PoolServer pool =
        PoolServer.start(
            new PoolXmlParser(UUID::randomUUID)
                .parse(
                    "test",
                    "<entropypool><name>p</name><source type='rdrand'/><classes><class name='c'/>"
                        + "</classes><outputs><output type='unix' class='c'><source mode='bind'"
                        + " path='"
                        + arguments[1]
                        + "'/></output></outputs></entropypool>"),
            EntropyBackends.open(arguments[0]),
            NanoClock.system(),
            Thread::new,
            new PoolListener() {
              @Override
              public void sourceFailed(String source, String why, long retryNanos) {
                System.out.println("failed");
              }
            });
    System.out.println("started");
    if (System.in.read() >= 0) {
      pool.stop(false);
      System.out.println("stopped");
      int unused = System.in.read();
    }
  }
}
