package io.virtentropy.backends.egd.server;

/** Connections in a row. Each is in one row at the most; to add and to remove allocates nothing. */
final class ConnectionList {
  private Connection first;
  private Connection last;
  private int size;

  Connection first() {
    return first;
  }

  int size() {
    return size;
  }

  void addLast(Connection connection) {
    enter(connection);
    connection.previous = last;
    if (last == null) {
      first = connection;
    } else {
      last.next = connection;
    }
    last = connection;
  }

  void addFirst(Connection connection) {
    enter(connection);
    connection.next = first;
    if (first == null) {
      last = connection;
    } else {
      first.previous = connection;
    }
    first = connection;
  }

  private void enter(Connection connection) {
    if (connection.row != null) {
      throw new IllegalStateException("the connection stands in a row already");
    }
    connection.row = this;
    size++;
  }

  /** Takes a connection out of the row it is in, if it is in one. */
  static void remove(Connection connection) {
    ConnectionList row = connection.row;
    if (row == null) {
      return;
    }
    if (connection.previous == null) {
      row.first = connection.next;
    } else {
      connection.previous.next = connection.next;
    }
    if (connection.next == null) {
      row.last = connection.previous;
    } else {
      connection.next.previous = connection.previous;
    }
    connection.row = null;
    connection.previous = null;
    connection.next = null;
    row.size--;
  }
}
