/** Entropy devices for virtual machines in other processes, over vhost-user. */
module io.virtentropy.vhostuser {
  requires com.sun.jna;
  requires transitive io.virtentropy.backends;
  requires transitive io.virtentropy.ratelimit;
  requires transitive io.virtentropy.virtio;

  exports io.virtentropy.vhostuser;
  exports io.virtentropy.vhostuser.frontend;
}
