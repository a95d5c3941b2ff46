package io.virtentropy.distribution.management;

import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.daemon.EventStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Streams events to whoever asks, one JSON object a line, as Docker does. A reader that is too slow
 * loses events, which shows as a gap in their numbers; it never holds up the daemon.
 */
final class EventsHandler extends Handler.Abstract {
  /** Each reader has a thread. */
  private static final int MAX_READERS = 16;

  /** What a reader may be behind. */
  private static final int MAX_BEHIND = 1024;

  /** An empty line this often finds out that a reader is gone. */
  private static final long HEARTBEAT_SECONDS = 10;

  private final EventStream events;
  private final Set<BlockingQueue<Optional<DaemonEvent>>> readers = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  EventsHandler(EventStream events) {
    this.events = events;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    BlockingQueue<Optional<DaemonEvent>> queue = new ArrayBlockingQueue<>(MAX_BEHIND);
    if (!request.getMethod().equals("GET") || readers.size() >= MAX_READERS) {
      boolean full = request.getMethod().equals("GET");
      response.setStatus(
          full ? HttpStatus.SERVICE_UNAVAILABLE_503 : HttpStatus.METHOD_NOT_ALLOWED_405);
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
      String words =
          full
              ? MAX_READERS + " others read events already, which is the most"
              : request.getMethod() + " on events; GET is accepted";
      Content.Sink.write(
          response, true, PoolJson.error(full ? "BUSY" : "METHOD", words) + "\n", callback);
      return true;
    }
    readers.add(queue);
    Runnable subscription = events.subscribe(event -> queue.offer(Optional.of(event)));
    try {
      response.setStatus(HttpStatus.OK_200);
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-ndjson");
      stream(queue, Content.Sink.asOutputStream(response));
      callback.succeeded();
    } catch (IOException e) {
      callback.failed(e); // the reader is gone
    } finally {
      subscription.run();
      readers.remove(queue);
    }
    return true;
  }

  private void stream(BlockingQueue<Optional<DaemonEvent>> queue, OutputStream out)
      throws IOException, InterruptedException {
    out.write('\n'); // whoever has read this has not missed anything from then on
    out.flush();
    while (!closed) {
      Optional<DaemonEvent> event = queue.poll(HEARTBEAT_SECONDS, TimeUnit.SECONDS);
      String line = event == null || event.isEmpty() ? "\n" : PoolJson.event(event.get()) + "\n";
      out.write(line.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
    out.close();
  }

  /** Ends all streams. */
  void close() {
    closed = true;
    readers.forEach(queue -> queue.offer(Optional.empty()));
  }
}
