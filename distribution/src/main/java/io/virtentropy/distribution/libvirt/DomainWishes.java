package io.virtentropy.distribution.libvirt;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What is to be read: any thread may wish. Of one connection; its successor has its own. */
final class DomainWishes implements Hypervisor.Events {
  /** Domains to be read one by one; more are all of them. */
  static final int MOST = 1024;

  private final Alarm alarm;
  private final Set<UUID> changed = new LinkedHashSet<>();
  private boolean all;
  private String lost;

  /**
   * Without any.
   *
   * @param alarm is rung when there is one
   */
  DomainWishes(Alarm alarm) {
    this.alarm = alarm;
  }

  @Override
  public void domainChanged(UUID domain) {
    synchronized (this) {
      changed.add(domain);
      if (changed.size() > MOST) {
        wishAll();
      }
    }
    alarm.ring();
  }

  @Override
  public void connectionLost(String why) {
    synchronized (this) {
      lost = why;
    }
    alarm.ring();
  }

  synchronized void wishAll() {
    all = true;
    changed.clear();
  }

  synchronized Optional<String> whyLost() {
    return Optional.ofNullable(lost);
  }

  synchronized boolean takeAll() {
    boolean taken = all;
    all = false;
    if (taken) {
      changed.clear();
    }
    return taken;
  }

  synchronized List<UUID> take() {
    List<UUID> taken = List.copyOf(changed);
    changed.clear();
    return taken;
  }
}
