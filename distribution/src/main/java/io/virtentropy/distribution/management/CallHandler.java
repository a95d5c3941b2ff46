package io.virtentropy.distribution.management;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Lets callers in, finds what they call, and writes the answer. */
final class CallHandler extends Handler.Abstract {
  private final PoolCalls calls;
  private final EventsHandler events;
  private final Set<String> users;

  CallHandler(PoolCalls calls, EventsHandler events, Set<String> users) {
    this.calls = calls;
    this.events = events;
    this.users = users;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String path = request.getHttpURI().getDecodedPath();
    if (!users.isEmpty() && !users.contains(caller(request))) {
      write(
          Answer.error(HttpStatus.FORBIDDEN_403, "FORBIDDEN", "this user may not manage pools"),
          response,
          callback);
      return true;
    }
    if (path.equals("/v1/events")) {
      return events.handle(request, response, callback);
    }
    String body = Content.Source.asString(request, StandardCharsets.UTF_8);
    write(
        calls.answer(request.getMethod(), path, Request.extractQueryParameters(request), body),
        response,
        callback);
    return true;
  }

  /** The caller as the kernel knows it. */
  private static String caller(Request request) throws IOException {
    Object transport = request.getConnectionMetaData().getConnection().getEndPoint().getTransport();
    return transport instanceof SocketChannel channel
            && channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)
        ? channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName()
        : "";
  }

  private static void write(Answer answer, Response response, Callback callback) {
    response.setStatus(answer.status());
    if (answer.body().isEmpty()) {
      callback.succeeded();
      return;
    }
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.type());
    Content.Sink.write(response, true, answer.body(), callback);
  }
}
