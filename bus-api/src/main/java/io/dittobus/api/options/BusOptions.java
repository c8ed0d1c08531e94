// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.options;

import java.time.Duration;
import java.util.Objects;

/**
 * Bounds and clocks of a bus. Immutable; start from {@link #defaults()} and change what matters.
 *
 * @param maxMessageSize largest message that is taken in, in bytes, 1 to 1 GiB; default 16 MiB.
 *     What may be sent is bounded by the peer's.
 * @param maxIncomingStreams open streams that one peer may have opened at a time, 1 to 1,048,576;
 *     default 16,384
 * @param maxSessions peers at a time, 1 to 65,536; default 1,024
 * @param maxHandshakes accepted connections without a session, at a time and in each step on their
 *     way to one or to their end, 1 to 65,536; default 256
 * @param initialWindow bytes of each direction of a stream that may be under way or unconsumed, at
 *     first, 4 KiB to maxWindow; default 64 KiB. It grows by itself.
 * @param maxWindow the same, at most, 4 KiB to 1 GiB; default 16 MiB
 * @param sessionWindowBudget bytes by which all windows of a session together may exceed their
 *     minimum of 4 KiB each; default 64 MiB
 * @param busWindowBudget the same for all sessions of the bus; default 256 MiB
 * @param reassemblyBudget bytes of large messages of one session under reassembly beyond their
 *     windows, at least maxMessageSize; default 32 MiB
 * @param singleWindowMessages single messages of one peer that may be under way or not ended, 1 to
 *     65,536; default 256
 * @param singleWindowBytes the bytes of them, with 32 for each, 4 KiB to 1 GiB; default 1 MiB. A
 *     larger message is let in when it is the next.
 * @param maxQueuedSingleMessages single messages that may wait for one peer at this end, 1 to
 *     1,048,576; default 1,024
 * @param maxQueuedSingleBytes the bytes of them, with 32 for each, 1 to 2^31-1; default 4 MiB. One
 *     message more than this is still taken when nothing waits.
 * @param maxAckDelay longest time that an acknowledgement or a new credit waits for company, 0 to 1
 *     s; default 1 ms
 * @param handshakeTimeout from connection to readiness, 1 ms to 10 min; default 5 s
 * @param pingInterval between the questions whether a peer lives, 1 ms to 1 h; default 5 s
 * @param deadAfter silence after which a connection counts as lost, at least 1 ms above
 *     pingInterval, at most 24 h; default 15 s
 * @param resumeWindow how long a session waits for another connection when it has lost its own, 0
 *     (it ends at once) to 24 h; default 2 min
 * @param resumeBudget bytes of one session that are kept to be sent again, 256 KiB to 2^63-1;
 *     default 64 MiB. When they are used up, senders wait until the other side has told what has
 *     arrived.
 * @param minReconnectDelay who has dialled waits at most this long before it dials again for a
 *     session that has lost its connection, and twice as long after each attempt that failed; the
 *     time is drawn anew between 0 and that. 1 ms to 1 h; default 100 ms
 * @param maxReconnectDelay but never longer than this, minReconnectDelay to 24 h; default 10 s. A
 *     connection that has lived as long makes it begin with minReconnectDelay again.
 */
public record BusOptions(
    int maxMessageSize,
    int maxIncomingStreams,
    int maxSessions,
    int maxHandshakes,
    int initialWindow,
    int maxWindow,
    long sessionWindowBudget,
    long busWindowBudget,
    long reassemblyBudget,
    int singleWindowMessages,
    int singleWindowBytes,
    int maxQueuedSingleMessages,
    int maxQueuedSingleBytes,
    Duration maxAckDelay,
    Duration handshakeTimeout,
    Duration pingInterval,
    Duration deadAfter,
    Duration resumeWindow,
    long resumeBudget,
    Duration minReconnectDelay,
    Duration maxReconnectDelay) {

  /** Every stream has this window in each direction, in bytes, whatever the budgets say. */
  public static final int MIN_WINDOW = 4 * 1024;

  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final int MIB = 1 << 20;
  private static final int GIB = 1 << 30;

  private static final BusOptions DEFAULTS =
      new BusOptions(
          16 * MIB,
          16_384,
          1_024,
          256,
          64 * 1024,
          16 * MIB,
          64L * MIB,
          256L * MIB,
          32L * MIB,
          256,
          MIB,
          1_024,
          4 * MIB,
          Duration.ofMillis(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          Duration.ofMinutes(2),
          64L * MIB,
          Duration.ofMillis(100),
          Duration.ofSeconds(10));

  /**
   * Options within their ranges.
   *
   * @throws IllegalArgumentException if one is outside, with its name, its range and the value
   */
  public BusOptions {
    inRange("maxMessageSize", maxMessageSize, 1, GIB);
    inRange("maxIncomingStreams", maxIncomingStreams, 1, 1 << 20);
    inRange("maxSessions", maxSessions, 1, 1 << 16);
    inRange("maxHandshakes", maxHandshakes, 1, 1 << 16);
    inRange("maxWindow", maxWindow, MIN_WINDOW, GIB);
    inRange("initialWindow", initialWindow, MIN_WINDOW, maxWindow);
    inRange("sessionWindowBudget", sessionWindowBudget, 0, Long.MAX_VALUE);
    inRange("busWindowBudget", busWindowBudget, 0, Long.MAX_VALUE);
    inRange("reassemblyBudget", reassemblyBudget, maxMessageSize, Long.MAX_VALUE);
    inRange("singleWindowMessages", singleWindowMessages, 1, 1 << 16);
    inRange("singleWindowBytes", singleWindowBytes, MIN_WINDOW, GIB);
    inRange("maxQueuedSingleMessages", maxQueuedSingleMessages, 1, 1 << 20);
    inRange("maxQueuedSingleBytes", maxQueuedSingleBytes, 1, Integer.MAX_VALUE);
    inRange("maxAckDelay", maxAckDelay, Duration.ZERO, Duration.ofSeconds(1));
    inRange("handshakeTimeout", handshakeTimeout, MILLISECOND, Duration.ofMinutes(10));
    inRange("pingInterval", pingInterval, MILLISECOND, Duration.ofHours(1));
    inRange("deadAfter", deadAfter, pingInterval.plus(MILLISECOND), Duration.ofHours(24));
    inRange("resumeWindow", resumeWindow, Duration.ZERO, Duration.ofHours(24));
    inRange("resumeBudget", resumeBudget, MIB / 4, Long.MAX_VALUE);
    inRange("minReconnectDelay", minReconnectDelay, MILLISECOND, Duration.ofHours(1));
    inRange("maxReconnectDelay", maxReconnectDelay, minReconnectDelay, Duration.ofHours(24));
  }

  private static void inRange(String name, Duration value, Duration least, Duration most) {
    Objects.requireNonNull(value, name);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name + " is " + least + " to " + most + "; this is " + value);
    }
  }

  private static void inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + least + " to " + most + "; this is " + value);
    }
  }

  /** The defaults named above. */
  public static BusOptions defaults() {
    return DEFAULTS;
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Changes some options and keeps the others. Not for several threads at once. */
  public static final class Builder {
    private int maxMessageSize;
    private int maxIncomingStreams;
    private int maxSessions;
    private int maxHandshakes;
    private int initialWindow;
    private int maxWindow;
    private long sessionWindowBudget;
    private long busWindowBudget;
    private long reassemblyBudget;
    private int singleWindowMessages;
    private int singleWindowBytes;
    private int maxQueuedSingleMessages;
    private int maxQueuedSingleBytes;
    private Duration maxAckDelay;
    private Duration handshakeTimeout;
    private Duration pingInterval;
    private Duration deadAfter;
    private Duration resumeWindow;
    private long resumeBudget;
    private Duration minReconnectDelay;
    private Duration maxReconnectDelay;

    private Builder(BusOptions from) {
      maxMessageSize = from.maxMessageSize;
      maxIncomingStreams = from.maxIncomingStreams;
      maxSessions = from.maxSessions;
      maxHandshakes = from.maxHandshakes;
      initialWindow = from.initialWindow;
      maxWindow = from.maxWindow;
      sessionWindowBudget = from.sessionWindowBudget;
      busWindowBudget = from.busWindowBudget;
      reassemblyBudget = from.reassemblyBudget;
      singleWindowMessages = from.singleWindowMessages;
      singleWindowBytes = from.singleWindowBytes;
      maxQueuedSingleMessages = from.maxQueuedSingleMessages;
      maxQueuedSingleBytes = from.maxQueuedSingleBytes;
      maxAckDelay = from.maxAckDelay;
      handshakeTimeout = from.handshakeTimeout;
      pingInterval = from.pingInterval;
      deadAfter = from.deadAfter;
      resumeWindow = from.resumeWindow;
      resumeBudget = from.resumeBudget;
      minReconnectDelay = from.minReconnectDelay;
      maxReconnectDelay = from.maxReconnectDelay;
    }

    /**
     * Sets {@link BusOptions#maxMessageSize()}, and raises the reassembly budget to it if need be.
     */
    public Builder maxMessageSize(int bytes) {
      maxMessageSize = bytes;
      reassemblyBudget = Math.max(reassemblyBudget, bytes);
      return this;
    }

    /** Sets {@link BusOptions#maxIncomingStreams()}. */
    public Builder maxIncomingStreams(int streams) {
      maxIncomingStreams = streams;
      return this;
    }

    /** Sets {@link BusOptions#maxSessions()}. */
    public Builder maxSessions(int sessions) {
      maxSessions = sessions;
      return this;
    }

    /** Sets {@link BusOptions#maxHandshakes()}. */
    public Builder maxHandshakes(int connections) {
      maxHandshakes = connections;
      return this;
    }

    /** Sets {@link BusOptions#initialWindow()} and {@link BusOptions#maxWindow()}, in bytes. */
    public Builder windows(int initialBytes, int maxBytes) {
      initialWindow = initialBytes;
      maxWindow = maxBytes;
      return this;
    }

    /**
     * Sets {@link BusOptions#sessionWindowBudget()} and {@link BusOptions#busWindowBudget()}, in
     * bytes.
     */
    public Builder windowBudgets(long sessionBytes, long busBytes) {
      sessionWindowBudget = sessionBytes;
      busWindowBudget = busBytes;
      return this;
    }

    /** Sets {@link BusOptions#reassemblyBudget()}. */
    public Builder reassemblyBudget(long bytes) {
      reassemblyBudget = bytes;
      return this;
    }

    /**
     * Sets {@link BusOptions#singleWindowMessages()} and {@link BusOptions#singleWindowBytes()}.
     */
    public Builder singleWindow(int messages, int bytes) {
      singleWindowMessages = messages;
      singleWindowBytes = bytes;
      return this;
    }

    /**
     * Sets {@link BusOptions#maxQueuedSingleMessages()} and {@link
     * BusOptions#maxQueuedSingleBytes()}.
     */
    public Builder singleQueue(int messages, int bytes) {
      maxQueuedSingleMessages = messages;
      maxQueuedSingleBytes = bytes;
      return this;
    }

    /** Sets {@link BusOptions#maxAckDelay()}. */
    public Builder maxAckDelay(Duration delay) {
      maxAckDelay = delay;
      return this;
    }

    /** Sets {@link BusOptions#handshakeTimeout()}. */
    public Builder handshakeTimeout(Duration timeout) {
      handshakeTimeout = timeout;
      return this;
    }

    /** Sets {@link BusOptions#pingInterval()} and {@link BusOptions#deadAfter()}. */
    public Builder liveness(Duration newPingInterval, Duration newDeadAfter) {
      pingInterval = newPingInterval;
      deadAfter = newDeadAfter;
      return this;
    }

    /** Sets {@link BusOptions#resumeWindow()}; 0 for sessions that end with their connection. */
    public Builder resumeWindow(Duration time) {
      resumeWindow = time;
      return this;
    }

    /** Sets {@link BusOptions#resumeBudget()}. */
    public Builder resumeBudget(long bytes) {
      resumeBudget = bytes;
      return this;
    }

    /** Sets {@link BusOptions#minReconnectDelay()}. */
    public Builder minReconnectDelay(Duration time) {
      minReconnectDelay = time;
      return this;
    }

    /** Sets {@link BusOptions#maxReconnectDelay()}. */
    public Builder maxReconnectDelay(Duration time) {
      maxReconnectDelay = time;
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public BusOptions build() {
      return new BusOptions(
          maxMessageSize,
          maxIncomingStreams,
          maxSessions,
          maxHandshakes,
          initialWindow,
          maxWindow,
          sessionWindowBudget,
          busWindowBudget,
          reassemblyBudget,
          singleWindowMessages,
          singleWindowBytes,
          maxQueuedSingleMessages,
          maxQueuedSingleBytes,
          maxAckDelay,
          handshakeTimeout,
          pingInterval,
          deadAfter,
          resumeWindow,
          resumeBudget,
          minReconnectDelay,
          maxReconnectDelay);
    }
  }
}
