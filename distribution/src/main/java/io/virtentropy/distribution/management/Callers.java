package io.virtentropy.distribution.management;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Who is connected, so that nobody keeps others out: a user has so many connections, and on each a
 * request must be whole within a time, however slowly it drips.
 */
final class Callers implements Connection.Listener {
  /** A command has one, and whoever watches a few. */
  static final int MAX_CONNECTIONS_OF_USER = 32;

  /** Beyond that many connections are told that there are too many, beyond this many ended. */
  static final int MAX_CONNECTIONS_TOLD = 2 * MAX_CONNECTIONS_OF_USER;

  private final Scheduler scheduler;
  private final long requestSeconds;
  private final Map<Connection, Caller> callers = new ConcurrentHashMap<>();

  /** Guarded by itself. */
  private final Map<String, Integer> connections = new HashMap<>();

  Callers(Scheduler scheduler, long requestSeconds) {
    this.scheduler = scheduler;
    this.requestSeconds = requestSeconds;
  }

  /** One connection. */
  private final class Caller implements Runnable {
    private final Connection connection;
    private final String user;
    private volatile boolean tooMany;
    private Optional<Scheduler.Task> deadline = Optional.empty();
    private boolean closed;

    Caller(Connection connection, String user) {
      this.connection = connection;
      this.user = user;
    }

    synchronized void expectRequest() {
      deadline.ifPresent(Scheduler.Task::cancel);
      deadline =
          closed
              ? Optional.empty()
              : Optional.of(scheduler.schedule(this, requestSeconds, TimeUnit.SECONDS));
    }

    synchronized void hasRequest() {
      deadline.ifPresent(Scheduler.Task::cancel);
      deadline = Optional.empty();
    }

    synchronized void close() {
      closed = true;
      hasRequest();
    }

    @Override
    public void run() {
      connection.getEndPoint().close();
    }
  }

  @Override
  public void onOpened(Connection connection) {
    Caller caller = new Caller(connection, user(connection));
    int count;
    synchronized (connections) {
      count = connections.merge(caller.user, 1, Integer::sum);
    }
    callers.put(connection, caller);
    caller.tooMany = count > MAX_CONNECTIONS_OF_USER;
    if (count > MAX_CONNECTIONS_TOLD) {
      // Not from within: the connection is not done with being opened.
      scheduler.schedule(caller, 0, TimeUnit.SECONDS);
    } else {
      caller.expectRequest();
    }
  }

  @Override
  public void onClosed(Connection connection) {
    Caller caller = callers.remove(connection);
    if (caller != null) {
      caller.close();
      synchronized (connections) {
        connections.computeIfPresent(caller.user, (user, count) -> count == 1 ? null : count - 1);
      }
    }
  }

  /** The request has arrived as a whole; the time for the next begins when it is answered. */
  void received(Request request) {
    Caller caller = callers.get(request.getConnectionMetaData().getConnection());
    if (caller != null) {
      caller.hasRequest();
      Request.addCompletionListener(request, failure -> caller.expectRequest());
    }
  }

  /** Whether the caller had enough connections without this one. */
  boolean isTooMany(Request request) {
    Caller caller = callers.get(request.getConnectionMetaData().getConnection());
    return caller != null && caller.tooMany;
  }

  /** The caller as the kernel knows it. */
  String user(Request request) {
    Caller caller = callers.get(request.getConnectionMetaData().getConnection());
    return caller == null ? "" : caller.user;
  }

  private static String user(Connection connection) {
    try {
      return connection.getEndPoint().getTransport() instanceof SocketChannel channel
              && channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)
          ? channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName()
          : "";
    } catch (IOException e) {
      return ""; // it is gone already
    }
  }
}
