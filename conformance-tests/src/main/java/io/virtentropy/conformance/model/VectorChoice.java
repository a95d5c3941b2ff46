package io.virtentropy.conformance.model;

/** What a driver's choice of an MSI-X vector becomes. */
final class VectorChoice {
  private final MsixTable table;

  VectorChoice(MsixTable table) {
    this.table = table;
  }

  /** Gives up the old vector, and returns the new one: none if the function hasn't so many. */
  int replace(int old, long wanted) {
    if (old != MsixTable.NO_VECTOR) {
      table.unuse(old);
    }
    if (wanted >= MsixTable.VECTORS) {
      return MsixTable.NO_VECTOR;
    }
    table.use((int) wanted);
    return (int) wanted;
  }
}
