package io.virtentropy.backends.egd;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;

/**
 * The addresses of a host, one after the other and then looked up anew. A lookup may take long, so
 * it has a thread while it lasts; an address that is written as one needs none.
 */
final class HostLookup {
  private final EgdLoop loop;
  private final String host;
  private final int port;
  private InetAddress[] found = {};
  private int next;

  /** Tells answers apart that come too late. */
  private int lookups;

  HostLookup(EgdLoop loop, String host, int port) {
    this.loop = loop;
    this.host = host;
    this.port = port;
  }

  /** Gives the next address, now or later, or the reason why there is none. */
  void next(Consumer<InetSocketAddress> use, Consumer<String> fail) {
    if (next < found.length) {
      use.accept(new InetSocketAddress(found[next++], port));
    } else if (isLiteral(host)) {
      answer(look(), use, fail);
    } else {
      int number = ++lookups;
      Thread thread =
          loop.threads()
              .newThread(
                  () -> {
                    InetAddress[] answer = look();
                    loop.execute(
                        () -> {
                          if (number == lookups) {
                            answer(answer, use, fail);
                          }
                        });
                  });
      if (thread == null) {
        fail.accept("no thread to look up " + host);
      } else {
        thread.start();
      }
    }
  }

  private InetAddress[] look() {
    try {
      return InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      return new InetAddress[0];
    }
  }

  private void answer(
      InetAddress[] addresses, Consumer<InetSocketAddress> use, Consumer<String> fail) {
    found = addresses;
    next = 0;
    if (addresses.length == 0) {
      fail.accept("unknown host " + host);
    } else {
      use.accept(new InetSocketAddress(addresses[next++], port));
    }
  }

  /** Whether asking for the address asks nobody. */
  static boolean isLiteral(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9.]+");
  }

  void abort() {
    lookups++;
  }
}
