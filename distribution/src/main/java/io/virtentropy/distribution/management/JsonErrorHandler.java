package io.virtentropy.distribution.management;

import java.io.IOException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Says in JSON what the HTTP server itself refuses: malformed requests, bodies that are too long.
 * What it fails at is logged and not told.
 */
final class JsonErrorHandler extends ErrorHandler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    // Nobody knows where in the stream the next request would begin.
    response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    String error = "HTTP_" + response.getStatus();
    Content.Sink.write(
        response, true, PoolJson.error(error, words(request, response)) + "\n", callback);
    return true;
  }

  private static String words(Request request, Response response) {
    Object cause = request.getAttribute(ERROR_EXCEPTION);
    if (response.getStatus() == HttpStatus.INTERNAL_SERVER_ERROR_500) {
      if (cause instanceof IOException) {
        return "the caller is gone"; // and reads this no more
      }
      System.getLogger(JsonErrorHandler.class.getName())
          .log(
              System.Logger.Level.WARNING,
              () -> request.getMethod() + " " + request.getHttpURI().getPath() + " failed",
              cause instanceof Throwable failure ? failure : null);
      return "the daemon failed to answer; its log tells more";
    }
    Object message = request.getAttribute(ERROR_MESSAGE);
    return message == null ? "the request can't be served" : message.toString();
  }
}
