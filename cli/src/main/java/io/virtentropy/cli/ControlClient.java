package io.virtentropy.cli;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonStructure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.io.Transport;

/** Calls the daemon over its control socket. One thread at a time. */
final class ControlClient implements AutoCloseable {
  private static final String BASE = "http://localhost";
  private static final int MAX_ANSWER_BYTES = 64 << 20;

  /** A graceful stop takes five seconds; the rest is for a machine that is busy. */
  private static final long ANSWER_SECONDS = 60;

  private final Path socket;
  private final HttpClient client = new HttpClient();

  /** A call that the daemon refused: told in its own sentence, exit code 1. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  ControlClient(Path socket) {
    this.socket = socket;
    try {
      client.start();
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client can't be started", e);
    }
  }

  /** The path of a pool's calls. */
  static String pool(String id) {
    return "/v1/pools/" + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Calls, and gives back the body of the answer. */
  String call(String method, String path, String body)
      throws RefusedException, InterruptedException {
    Request request =
        request(method, path)
            .timeout(ANSWER_SECONDS, TimeUnit.SECONDS)
            .body(new StringRequestContent("application/xml", body));
    try {
      org.eclipse.jetty.client.CompletableResponseListener listener =
          new org.eclipse.jetty.client.CompletableResponseListener(request, MAX_ANSWER_BYTES);
      ContentResponse response = listener.send().get();
      String answer = new String(response.getContent(), StandardCharsets.UTF_8);
      if (response.getStatus() / 100 != 2) {
        throw new RefusedException(sentence(answer, response.getStatus()));
      }
      return answer;
    } catch (ExecutionException e) {
      throw unreachable(e);
    }
  }

  private Request request(String method, String path) {
    if (!Files.exists(socket)) {
      throw new UnusableException(
          "no daemon listens at " + socket + "; start one with 'virtentropy daemon'", null);
    }
    return client.newRequest(BASE + path).method(method).transport(new Transport.TCPUnix(socket));
  }

  private UnusableException unreachable(ExecutionException e) {
    Throwable cause = e.getCause();
    String why =
        cause instanceof TimeoutException
            ? "it does not answer within " + ANSWER_SECONDS + " s"
            : String.valueOf(cause.getMessage());
    return new UnusableException("the daemon at " + socket + " can't be reached: " + why, e);
  }

  private static String sentence(String answer, int status) {
    try (JsonReader reader = Json.createReader(new StringReader(answer))) {
      return reader.readObject().getString("message");
    } catch (JsonException | NullPointerException | ClassCastException e) {
      return "the daemon answered with status " + status;
    }
  }

  JsonObject object(String method, String path, String body)
      throws RefusedException, InterruptedException {
    return (JsonObject) json(call(method, path, body));
  }

  JsonArray array(String path) throws RefusedException, InterruptedException {
    return (JsonArray) json(call("GET", path, ""));
  }

  private static JsonStructure json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.read();
    }
  }

  /** Reads events for as long as that is wanted. */
  void events(Predicate<JsonObject> more) throws RefusedException, InterruptedException {
    InputStreamResponseListener listener = new InputStreamResponseListener();
    request("GET", "/v1/events").idleTimeout(0, TimeUnit.SECONDS).send(listener);
    try {
      int status = listener.get(ANSWER_SECONDS, TimeUnit.SECONDS).getStatus();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(listener.getInputStream(), StandardCharsets.UTF_8))) {
        if (status != 200) {
          throw new RefusedException(sentence(lines.readLine(), status));
        }
        String line = lines.readLine();
        while (line != null) {
          if (!line.isEmpty() && !more.test((JsonObject) json(line))) {
            return;
          }
          line = lines.readLine();
        }
      }
    } catch (ExecutionException e) {
      throw unreachable(e);
    } catch (TimeoutException e) {
      throw unreachable(new ExecutionException(e));
    } catch (IOException e) {
      throw new RefusedException("the daemon has ended the stream of events");
    }
  }

  @Override
  public void close() {
    try {
      client.stop();
    } catch (Exception e) {
      System.getLogger(ControlClient.class.getName())
          .log(System.Logger.Level.DEBUG, "the HTTP client could not be stopped", e);
    }
  }
}
