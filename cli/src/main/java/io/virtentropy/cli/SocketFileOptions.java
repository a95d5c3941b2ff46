package io.virtentropy.cli;

import io.virtentropy.backends.egd.server.UnixSocketAccess;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/** Whose the Unix sockets are, and who may connect. */
final class SocketFileOptions {
  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "The mode of Unix sockets, in octal; ${DEFAULT-VALUE} unless given.",
      defaultValue = "0660")
  private String mode;

  @Option(
      names = "--owner",
      paramLabel = "USER",
      description =
          "The owner of Unix sockets, a name or a number; this process's user unless given.")
  private String owner;

  @Option(
      names = "--group",
      paramLabel = "GROUP",
      description = "The group of Unix sockets, a name or a number; this process's unless given.")
  private String group;

  UnixSocketAccess access() {
    Optional<UserPrincipal> user = Optional.ofNullable(owner).map(name -> user("--owner", name));
    return new UnixSocketAccess(permissions(), user, Optional.ofNullable(group).map(this::group));
  }

  private Set<PosixFilePermission> permissions() {
    if (!mode.matches("0?[0-7]{3}")) {
      throw new UnusableException("--mode " + mode + "; 0000 to 0777 is accepted", null);
    }
    return UnixSocketAccess.modeOf(Integer.parseInt(mode, 8));
  }

  private GroupPrincipal group(String name) {
    try {
      return lookup().lookupPrincipalByGroupName(name);
    } catch (IOException | UnsupportedOperationException e) {
      throw new UnusableException("--group " + name + " is not a group of this machine", e);
    }
  }

  /** Looks up users, by name or number. */
  static Set<UserPrincipal> users(String option, List<String> names) {
    Set<UserPrincipal> users = new HashSet<>();
    for (String name : names) {
      users.add(user(option, name));
    }
    return users;
  }

  private static UserPrincipal user(String option, String name) {
    try {
      return lookup().lookupPrincipalByName(name);
    } catch (IOException | UnsupportedOperationException e) {
      throw new UnusableException(option + " " + name + " is not a user of this machine", e);
    }
  }

  private static UserPrincipalLookupService lookup() {
    return FileSystems.getDefault().getUserPrincipalLookupService();
  }
}
