// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.node;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a node by the whole keys of their peers, and who waits for one. At most one
 * session of a key lives. Any thread; what it decides under its lock it carries out after it.
 */
final class Peers {

  /** Streams that may wait for a session with their peer, per node. */
  private static final int MAX_WAITING_OPENS = 64 * 1024;

  /** What becomes of a session that would like to live. */
  enum Admittance {
    /** It may begin. */
    ADDED,
    /** There is one with this peer already. */
    OCCUPIED,
    /** There are too many, or the bus is closing. */
    FULL
  }

  private final NodeContext node;
  private final Map<PeerKey, PeerSession> sessions = new HashMap<>();
  private final Set<PendingOpen> waitingOpens = new LinkedHashSet<>();
  private final Set<PendingConnect> connects = new LinkedHashSet<>();
  private final Map<PendingConnect, PeerKey> waitingConnects = new HashMap<>();
  private final WaitingSingles waitingSingles;
  private final Set<LinkDriver> links = new LinkedHashSet<>();
  private @Nullable Runnable whenGone;
  private boolean closing;

  Peers(NodeContext node) {
    this.node = node;
    this.waitingSingles = new WaitingSingles(node.config().options());
  }

  // Sessions

  synchronized List<DittoAddress> addresses() {
    return sessions.values().stream().map(PeerSession::peer).toList();
  }

  synchronized boolean isClosing() {
    return closing;
  }

  /** Whether a session with this peer could find room. */
  synchronized boolean hasRoomFor(PeerKey key) {
    BusOptions options = node.config().options();
    return sessions.containsKey(key) || !closing && sessions.size() < options.maxSessions();
  }

  /** The session with this peer, if there is one. */
  synchronized @Nullable PeerSession session(PeerKey key) {
    return sessions.get(key);
  }

  /** A session would like to begin. */
  Admittance add(PeerSession session) {
    List<PendingSingle> passedOn;
    synchronized (this) {
      if (sessions.containsKey(session.key())) {
        return Admittance.OCCUPIED;
      }
      if (!hasRoomFor(session.key())) {
        return Admittance.FULL;
      }
      sessions.put(session.key(), session);
      // Before anyone sees the session: what has waited goes before what comes.
      passedOn = waitingSingles.removeAll(session.peer());
      passedOn.forEach(single -> single.passOnTo(session));
    }
    passedOn.forEach(PendingSingle::checkSize);
    return Admittance.ADDED;
  }

  /** The session has begun: who waited for it goes on. */
  void begun(PeerSession session) {
    List<PendingOpen> opens = new ArrayList<>();
    List<PendingConnect> succeeded = new ArrayList<>();
    synchronized (this) {
      waitingOpens.removeIf(open -> open.address().equals(session.peer()) && opens.add(open));
      waitingConnects.forEach(
          (connect, key) -> {
            if (key.equals(session.key())) {
              succeeded.add(connect);
            }
          });
      succeeded.forEach(waitingConnects::remove);
    }
    opens.forEach(open -> session.execute(() -> session.open(open)));
    succeeded.forEach(connect -> connect.succeeded(session.peer()));
  }

  /** The session has ended. */
  void remove(PeerSession session) {
    synchronized (this) {
      sessions.remove(session.key(), session);
    }
    checkGone();
  }

  // Who waits

  /** Opens the stream in the session with its peer, now or when there is one. */
  void submit(PendingOpen open) {
    PeerSession session;
    StreamEnd refusal = null;
    synchronized (this) {
      session = sessions.get(open.address().peerKey());
      if (closing) {
        refusal = unopened(BusCompletionReason.SHUT_DOWN, "the bus is closed");
      } else if (session == null && waitingOpens.size() >= MAX_WAITING_OPENS) {
        refusal = unopened(BusCompletionReason.REFUSED_LIMIT, "too many streams wait for a peer");
      } else if (session == null && !open.isDone()) {
        waitingOpens.add(open);
      }
    }
    if (refusal != null) {
      open.failed(refusal);
    } else if (session != null) {
      session.execute(() -> session.open(open));
    }
  }

  /**
   * Sends the message in the session with its peer, now or, if it is reliable, once there is one.
   */
  void submit(PendingSingle single) {
    PeerSession session;
    boolean waits;
    boolean closed;
    synchronized (this) {
      session = sessions.get(single.address().peerKey());
      closed = closing;
      waits = !closed && session == null && single.isReliable() && waitingSingles.add(single);
    }
    if (waits) {
      single.startClock();
    } else if (closed || session == null && !single.isReliable()) {
      single.ended(single.unsent());
    } else if (session == null) {
      single.ended(BusSingleSendResult.OVERFLOW);
    } else {
      single.sendIn(session);
    }
  }

  /** A message that waits for a session waits no longer; false if it does not. */
  synchronized boolean forget(PendingSingle single) {
    return waitingSingles.remove(single);
  }

  private static StreamEnd unopened(BusCompletionReason reason, String line) {
    return StreamEnd.unopened(reason, StreamEnd.Origin.LOCAL, line);
  }

  /** Someone begins to connect; returns false if the bus is closing. */
  synchronized boolean begin(PendingConnect connect) {
    return !closing && connects.add(connect);
  }

  /** Tells the one who connects as soon as there is a session with this peer. */
  void awaitSession(PeerKey key, PendingConnect connect) {
    PeerSession session;
    synchronized (this) {
      session = sessions.get(key);
      if (session == null && connects.contains(connect)) {
        waitingConnects.put(connect, key);
      }
    }
    if (session != null) {
      connect.succeeded(session.peer());
    }
  }

  synchronized void forget(PendingOpen open) {
    waitingOpens.remove(open);
  }

  synchronized void forget(PendingConnect connect) {
    connects.remove(connect);
    waitingConnects.remove(connect);
  }

  // Links, and the end

  /** A link is up; returns false if the bus is closing, unless a session waits for this one. */
  synchronized boolean linkUp(LinkDriver link) {
    PeerKey peer = link.dialledFor();
    boolean awaited = peer != null && sessions.containsKey(peer);
    return (awaited || !closing) && links.add(link);
  }

  void linkDown(LinkDriver link) {
    synchronized (this) {
      links.remove(link);
    }
    checkGone();
  }

  /**
   * Ends everything.
   *
   * @param gone run once, when no session and no link is left
   */
  void close(long deadlineNanos, Runnable gone) {
    Collection<PeerSession> living;
    Collection<LinkDriver> connections;
    Collection<PendingOpen> opens;
    Collection<PendingConnect> dialling;
    List<PendingSingle> singles;
    synchronized (this) {
      if (!closing) {
        closing = true;
        whenGone = gone;
      }
      living = new ArrayList<>(sessions.values());
      connections = new ArrayList<>(links);
      opens = new ArrayList<>(waitingOpens);
      dialling = new ArrayList<>(connects);
      singles = waitingSingles.removeAll();
      waitingOpens.clear();
      waitingConnects.clear();
    }
    opens.forEach(
        open -> open.failed(unopened(BusCompletionReason.SHUT_DOWN, "the bus is closed")));
    dialling.forEach(connect -> connect.failed(ErrorCode.BUS_CLOSED, "the bus is closed"));
    singles.forEach(single -> single.ended(single.unsent()));
    connections.forEach(LinkDriver::busClosing);
    living.forEach(session -> session.execute(() -> session.shutDown(deadlineNanos)));
    checkGone();
  }

  private void checkGone() {
    Runnable gone = null;
    synchronized (this) {
      if (closing && sessions.isEmpty() && links.isEmpty()) {
        gone = whenGone;
        whenGone = null;
      }
    }
    if (gone != null) {
      gone.run();
    }
  }
}
