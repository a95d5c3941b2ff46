package io.virtentropy.conformance.differential;

/** Leaves out what changes the map, from a ring that is cut off on until it has another place. */
final class CutOffRing implements Exclusion {
  private boolean cutOff;

  @Override
  public boolean leavesOut(Step step) {
    if (cutOff && StepEffects.changesMap(step)) {
      return true;
    }
    cutOff = StepEffects.cutsRingOff(step) || (cutOff && !StepEffects.placesQueue(step));
    return false;
  }
}
