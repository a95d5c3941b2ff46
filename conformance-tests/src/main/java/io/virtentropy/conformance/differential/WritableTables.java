package io.virtentropy.conformance.differential;

/**
 * Leaves out INDIRECT together with WRITE where a descriptor of both is, or may become, another's
 * continuation: behind a head at once; at a head from the first link between descriptors on, since
 * the ring goes round, and a table that is moved has other heads.
 */
final class WritableTables implements Exclusion {
  private boolean atHead;
  private boolean linked;

  @Override
  public boolean leavesOut(Step step) {
    boolean puts = StepEffects.putsIndirectAtHead(step);
    boolean links = StepEffects.linksDescriptors(step);
    if (StepEffects.putsIndirectBehindHead(step)
        || (puts && (links || linked))
        || (links && atHead)) {
      return true;
    }
    atHead |= puts;
    linked |= links;
    return false;
  }
}
