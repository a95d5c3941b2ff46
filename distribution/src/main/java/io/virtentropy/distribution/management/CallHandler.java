package io.virtentropy.distribution.management;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.Promise;

/** Lets callers in, finds what they call, and writes the answer. */
final class CallHandler extends Handler.Abstract {
  private final PoolCalls calls;
  private final EventsHandler events;
  private final Callers callers;
  private final Set<String> users;

  CallHandler(PoolCalls calls, EventsHandler events, Callers callers, Set<String> users) {
    this.calls = calls;
    this.events = events;
    this.callers = callers;
    this.users = users;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!users.isEmpty() && !users.contains(callers.user(request))) {
      write(
          Answer.error(HttpStatus.FORBIDDEN_403, "FORBIDDEN", "this user may not manage pools"),
          response,
          callback);
      return true;
    }
    if (callers.isTooMany(request)) {
      response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
      write(
          Answer.error(
              HttpStatus.SERVICE_UNAVAILABLE_503,
              "BUSY",
              "this user has "
                  + Callers.MAX_CONNECTIONS_OF_USER
                  + " connections already, which is the most"),
          response,
          callback);
      return true;
    }
    String path = String.valueOf(request.getHttpURI().getDecodedPath());
    if (path.equals("/v1/events")) {
      callers.received(request);
      return events.handle(request, response, callback);
    }
    // No thread waits for a body, however long it takes to come.
    Executor threads = request.getComponents().getExecutor();
    Content.Source.asByteBuffer(
        request,
        new Promise<ByteBuffer>() {
          @Override
          public void succeeded(ByteBuffer body) {
            callers.received(request);
            threads.execute(() -> answer(path, body, request, response, callback));
          }

          @Override
          public void failed(Throwable failure) {
            if (failure instanceof IOException) {
              callback.failed(failure); // the caller is gone, and there is nobody to tell
            } else {
              Response.writeError(request, response, callback, failure);
            }
          }
        });
    return true;
  }

  private void answer(
      String path, ByteBuffer body, Request request, Response response, Callback callback) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(body).toString();
      Fields query = Request.extractQueryParameters(request);
      write(calls.answer(request.getMethod(), path, query, text), response, callback);
    } catch (CharacterCodingException e) {
      write(
          Answer.error(
              HttpStatus.BAD_REQUEST_400,
              "INVALID_ARGUMENT",
              "the body is not in UTF-8, which is what is accepted"),
          response,
          callback);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      Response.writeError(request, response, callback, e);
    } catch (RuntimeException e) {
      Response.writeError(request, response, callback, e);
    }
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
