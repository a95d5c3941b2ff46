package io.virtentropy.distribution.management;

import jakarta.json.JsonStructure;
import org.eclipse.jetty.http.HttpStatus;

/**
 * What a call is answered.
 *
 * @param status HTTP's
 * @param type the type of the body
 * @param body may be empty
 */
record Answer(int status, String type, String body) {
  static final Answer DONE = new Answer(HttpStatus.NO_CONTENT_204, "", "");

  static Answer json(int status, JsonStructure body) {
    return new Answer(status, "application/json", body + "\n");
  }

  static Answer error(int status, String reason, String message) {
    return json(status, PoolJson.error(reason, message));
  }
}
