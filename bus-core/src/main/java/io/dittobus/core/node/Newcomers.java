// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.core.transport.Handshakes;
import org.jspecify.annotations.Nullable;

/**
 * The accepted links that carry no session, from their first byte until they carry one or are down.
 * How far they have come says which of four bounded sets they are in, so that strangers crowd out
 * strangers, and neither those who have proven themselves nor those whom the application is being
 * asked about. Any thread.
 */
final class Newcomers {

  private final Handshakes<LinkDriver> unproven;
  private final Handshakes<LinkDriver> asked;
  private final Handshakes<LinkDriver> admitted;
  private final Handshakes<LinkDriver> leaving;

  /** At most so many in each set. */
  Newcomers(int most) {
    unproven = new Handshakes<>(most);
    asked = new Handshakes<>(most);
    admitted = new Handshakes<>(most);
    leaving = new Handshakes<>(most);
  }

  /** A link is up; returns the one that has to go for it, if one has. */
  @Nullable LinkDriver arrives(LinkDriver link) {
    return unproven.begin(link);
  }

  /**
   * The application is to be asked about the other side, which has proven who it is; false if it is
   * being asked about as many as may be. None has to go: whoever waits for an answer, waits for
   * this side.
   */
  boolean isAsked(LinkDriver link) {
    boolean room = asked.beginIfRoom(link);
    if (room) {
      unproven.end(link);
    }
    return room;
  }

  /** The other side may join, and has to say that it is ready; returns the one that has to go. */
  @Nullable LinkDriver isAdmitted(LinkDriver link) {
    LinkDriver oldest = admitted.begin(link);
    unproven.end(link);
    asked.end(link);
    return oldest;
  }

  /** It came to nothing, and its last words are being sent; returns the one that has to go. */
  @Nullable LinkDriver leaves(LinkDriver link) {
    LinkDriver oldest = leaving.begin(link);
    unproven.end(link);
    asked.end(link);
    admitted.end(link);
    return oldest;
  }

  /** It is down, or carries a session. */
  void isGone(LinkDriver link) {
    unproven.end(link);
    asked.end(link);
    admitted.end(link);
    leaving.end(link);
  }
}
