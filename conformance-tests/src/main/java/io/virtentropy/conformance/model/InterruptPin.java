package io.virtentropy.conformance.model;

import io.virtentropy.conformance.dut.Interrupt;
import java.util.ArrayList;
import java.util.List;

/**
 * INTA#: what the device wants, and what the machine sees of it while the command register's
 * INTx-disable bit is clear.
 */
final class InterruptPin {
  private final List<Interrupt> edges = new ArrayList<>();
  private boolean wanted;
  private boolean disabled;

  void want(boolean asserted) {
    change(asserted, disabled);
  }

  void disable(boolean off) {
    change(wanted, off);
  }

  private void change(boolean newWanted, boolean newDisabled) {
    boolean before = level();
    wanted = newWanted;
    disabled = newDisabled;
    if (level() != before) {
      edges.add(new Interrupt.Line(level()));
    }
  }

  /** What the status register's interrupt bit shows, whether disabled or not. */
  boolean isWanted() {
    return wanted;
  }

  boolean level() {
    return wanted && !disabled;
  }

  List<Interrupt> takeEdges() {
    List<Interrupt> taken = List.copyOf(edges);
    edges.clear();
    return taken;
  }
}
