package io.virtentropy.backends.egd.server;

import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Who may connect to a Unix socket: to connect is to write, and to listen in is not possible.
 *
 * @param mode the file's mode
 * @param owner whose the file is; empty for the process's user
 * @param group the file's group; empty for the process's, or the folder's if that says so
 */
public record UnixSocketAccess(
    Set<PosixFilePermission> mode, Optional<UserPrincipal> owner, Optional<GroupPrincipal> group) {
  /**
   * Mode 0660 and the process's user and group. A socket that everybody may use is one that
   * everybody may drain.
   */
  public static final UnixSocketAccess DEFAULT =
      new UnixSocketAccess(
          PosixFilePermissions.fromString("rw-rw----"), Optional.empty(), Optional.empty());

  /**
   * Checks that nothing is missing.
   *
   * @param mode the file's mode
   * @param owner whose the file is
   * @param group the file's group
   */
  public UnixSocketAccess {
    mode = Set.copyOf(mode);
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(group, "group");
  }

  /**
   * Reads a mode as {@code chmod} has it.
   *
   * @param bits the nine bits of read, write and execute; others are passed over
   * @return what they permit
   */
  public static Set<PosixFilePermission> modeOf(int bits) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    // The constants come in the order of the bits, the owner's right to read first.
    PosixFilePermission[] inOrder = PosixFilePermission.values();
    for (int i = 0; i < inOrder.length; i++) {
      if ((bits & 0400 >> i) != 0) {
        permissions.add(inOrder[i]);
      }
    }
    return permissions;
  }
}
