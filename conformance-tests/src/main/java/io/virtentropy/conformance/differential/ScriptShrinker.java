package io.virtentropy.conformance.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Makes a failing script shorter, as long as it fails: halves, quarters, … single steps go. */
public final class ScriptShrinker {
  private ScriptShrinker() {}

  /**
   * Shrinks.
   *
   * @param found what failed
   * @param run runs a script; empty if it passes
   * @param tries the most runs
   * @return the shortest that failed
   */
  public static Mismatch shrink(
      Mismatch found, Function<List<Step>, Optional<Mismatch>> run, int tries) {
    Mismatch best = found;
    int left = tries;
    int chunk = Math.max(1, best.script().size() / 2);
    while (left > 0) {
      boolean shorter = false;
      for (int at = best.script().size() - chunk; at >= 0 && left > 0; at -= chunk) {
        List<Step> candidate = new ArrayList<>(best.script());
        candidate.subList(at, Math.min(at + chunk, candidate.size())).clear();
        left--;
        Optional<Mismatch> again = run.apply(candidate);
        if (again.isPresent()) {
          best = again.get();
          shorter = true;
          at = Math.min(at, best.script().size());
        }
      }
      if (chunk > 1) {
        chunk /= 2;
      } else if (!shorter) {
        break;
      }
    }
    return best;
  }
}
