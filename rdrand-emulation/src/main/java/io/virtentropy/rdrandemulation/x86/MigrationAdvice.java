package io.virtentropy.rdrandemulation.x86;

/**
 * What a guest may be told, if it is to move between hosts with and without an instruction. Asked
 * once per instruction. A guest reads CPUID when it starts and believes it for ever: programs of it
 * execute what they have seen, and fault where it is missing.
 */
public enum MigrationAdvice {
  /** Every host has it: show it, nothing needs emulation. */
  SHOW_NATIVE,
  /** Some host lacks it and every such host emulates it: show it. */
  SHOW_EMULATED,
  /**
   * Some host neither has nor emulates it: hide it from the start. A guest that was started with it
   * must not go there.
   */
  HIDE,
  /**
   * The guest was started with it and the host can't give it: refuse the migration. Hiding it now
   * would not reach programs that run.
   */
  REFUSE;

  /**
   * Advises before a guest is started.
   *
   * @param everyHostHasIt whether all hosts that it may run on have the instruction
   * @param theOthersEmulate whether all hosts without it emulate it
   * @return {@link #SHOW_NATIVE}, {@link #SHOW_EMULATED} or {@link #HIDE}
   */
  public static MigrationAdvice beforeStart(boolean everyHostHasIt, boolean theOthersEmulate) {
    if (everyHostHasIt) {
      return SHOW_NATIVE;
    }
    return theOthersEmulate ? SHOW_EMULATED : HIDE;
  }

  /**
   * Advises on a host for a guest that runs already.
   *
   * @param guestSeesIt whether the guest was started with the bit set
   * @param hostHasIt whether the target's CPU has the instruction
   * @param hostEmulates whether the target emulates it
   * @return what to do there; {@link #HIDE} means to go on hiding: where the CPU has the
   *     instruction it still executes it for a guest that does not ask CPUID, unless the monitor
   *     can trap it
   */
  public static MigrationAdvice onTarget(
      boolean guestSeesIt, boolean hostHasIt, boolean hostEmulates) {
    if (!guestSeesIt) {
      return HIDE;
    }
    if (hostHasIt) {
      return SHOW_NATIVE;
    }
    return hostEmulates ? SHOW_EMULATED : REFUSE;
  }
}
