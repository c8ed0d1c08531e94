// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.Priority;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.DropCounts;
import io.dittobus.core.flow.Charge;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.dittobus.core.stream.ReceiveHalf;
import io.dittobus.core.stream.SendHalf;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One run: from a seed to its end. First applications open, emit, request, acknowledge, cancel,
 * fail and close as they like while the network splits and stalls what is sent; after every step
 * the invariants are checked. Then everything heals: what was requested must have arrived, what was
 * consumed must have been acknowledged, without further traffic. At last all streams are brought to
 * their ends, and nothing may be left.
 */
public final class Simulation {

  private static final int MAX_WINDOW = 16 * 1024;
  private static final int MAX_MESSAGE = 48 * 1024;
  private static final int PIPE_LIMIT = 64 * 1024;
  private static final int RESUME_BUDGET = 256 * 1024;
  private static final Duration RESUME_WINDOW = Duration.ofMinutes(2);
  private static final int MAX_FIRST = MAX_WINDOW - Charge.PER_MESSAGE;

  /** Single messages that a side lets in at a time. */
  static final int SINGLE_MESSAGES = 4;

  /** Their charge. */
  static final int SINGLE_BYTES = 4096;

  private final Random random;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final BusOptions options;
  private final Side[] sides = new Side[2];
  private final ByteBuf[] pipes = new ByteBuf[2];
  private final List<String> log = new ArrayList<>();
  private final int steps;
  private final int maxStreams;
  private final boolean mayEndSession;
  private final boolean losesLink;
  private final boolean usesSingles;
  private final boolean breaksLink;
  private final Breaks breaks;
  private long now;
  private final Tally tally = new Tally();
  private int opened;

  private Simulation(long seed) {
    random = new Random(seed);
    steps = 50 + random.nextInt(random.nextInt(4) == 0 ? 900 : 250);
    maxStreams = 1 + random.nextInt(6);
    mayEndSession = random.nextInt(20) == 0;
    losesLink = random.nextInt(20) == 0;
    usesSingles = random.nextInt(3) == 0;
    breaksLink = random.nextInt(2) == 0;
    now = random.nextLong();
    options =
        BusOptions.defaults().toBuilder()
            .maxMessageSize(MAX_MESSAGE)
            .maxIncomingStreams(4)
            .windows(BusOptions.MIN_WINDOW << random.nextInt(3), MAX_WINDOW)
            .windowBudgets(random.nextInt(64 * 1024), 64 * 1024)
            .reassemblyBudget(MAX_MESSAGE)
            .singleWindow(SINGLE_MESSAGES, SINGLE_BYTES)
            .liveness(Duration.ofSeconds(5), Duration.ofSeconds(15))
            .resumeWindow(breaksLink ? RESUME_WINDOW : Duration.ZERO)
            .resumeBudget(RESUME_BUDGET)
            .build();
    for (int i = 0; i < 2; i++) {
      Hello remote =
          new Hello(
              1,
              1,
              Hello.RESUME,
              key(1 - i),
              1,
              Nonce.of(new byte[Nonce.LENGTH]),
              MAX_MESSAGE,
              4,
              1,
              MAX_FIRST,
              SINGLE_MESSAGES,
              SINGLE_BYTES);
      sides[i] = new Side(i == 0 ? "A" : "B", i == 1, remote, options, allocator, this);
      pipes[i] = allocator.buffer(1024);
    }
    breaks = new Breaks(this, sides, pipes);
  }

  private static PeerKey key(int index) {
    byte[] bytes = new byte[PeerKey.LENGTH];
    bytes[0] = (byte) index;
    return PeerKey.of(bytes);
  }

  /**
   * Runs a seed.
   *
   * @return what it met
   * @throws AssertionError if an invariant does not hold; it names the seed and the last steps
   */
  public static Tally run(long seed) {
    Simulation simulation = new Simulation(seed);
    try {
      simulation.run();
      return simulation.tally;
    } catch (AssertionError | RuntimeException e) {
      int from = Math.max(0, simulation.log.size() - 40);
      throw new AssertionError(
          "seed "
              + seed
              + ": "
              + e.getMessage()
              + "\nlast steps:\n  "
              + String.join("\n  ", simulation.log.subList(from, simulation.log.size())),
          e);
    }
  }

  void hit(Tally.Hit what) {
    tally.hit(what);
  }

  long now() {
    return now;
  }

  private void run() {
    for (int step = 0; step < steps && !anyEnded(); step++) {
      step();
      checkInvariants();
    }
    if (!anyEnded() && !losesLink) {
      heal();
      checkQuiet();
      finish();
    }
    if (losesLink || mayEndSession || anyEnded()) {
      loseLink();
    }
    checkNothingLeft();
  }

  private boolean anyEnded() {
    return sides[0].session.isEnded() || sides[1].session.isEnded();
  }

  private void note(String line, Object... arguments) {
    log.add(String.format(line, arguments));
  }

  // Steps

  private void step() {
    Side side = sides[random.nextInt(2)];
    int dice = random.nextInt(100);
    if (dice < 25) {
      write(side);
    } else if (dice < 55) {
      deliver(side, 1 + random.nextInt(random.nextInt(3) == 0 ? 40_000 : 300));
    } else if (dice < 62) {
      pass(random.nextInt(4) == 0 ? random.nextInt(3_000_000) : random.nextInt(300_000));
    } else if (dice < 68) {
      open(side);
    } else if (dice < 72) {
      answer(side);
    } else if (dice < 76) {
      singles(side);
    } else if (dice == 98 && breaksLink && !side.session.isShuttingDown()) {
      note("the link breaks, or another comes");
      breaks.step(random);
    } else if (dice == 99 && mayEndSession && random.nextInt(20) == 0) {
      endSession(side);
    } else if (!side.apps.isEmpty()) {
      act(side, side.apps.get(random.nextInt(side.apps.size())));
    }
  }

  Side other(Side side) {
    return sides[1 - indexOf(side)];
  }

  private int indexOf(Side side) {
    return side == sides[0] ? 0 : 1;
  }

  private void singles(Side side) {
    if (usesSingles && random.nextBoolean()) {
      note("%s sends single message %d", side.name, side.singles.sent.size());
      side.singles.send(random, allocator, MAX_MESSAGE / 4);
    } else if (side.singles.hasOpen()) {
      side.singles.endOne(random);
    }
  }

  private void write(Side side) {
    ByteBuf pipe = pipes[indexOf(side)];
    if (pipe.readableBytes() < PIPE_LIMIT && side.session.hasWork()) {
      ByteBuf out = allocator.buffer(PIPE_LIMIT, PIPE_LIMIT); // the session may keep it
      side.call(() -> side.session.pollWrite(out));
      note("%s writes %d bytes", side.name, out.readableBytes());
      pipe.writeBytes(out);
      out.release();
      long retained = side.session.retainedBytes();
      Check.that(retained <= RESUME_BUDGET, "%s retains %d bytes", side.name, retained);
      checkBegun(side);
    }
  }

  /** What began in this write was not too old. */
  private void checkBegun(Side side) {
    for (App app : side.apps) {
      long begun = app.stream().send().written();
      for (long sequence = app.begunSeen + 1; sequence <= begun; sequence++) {
        if (!app.out.isDropped(sequence)) {
          app.out.begun(sequence, now);
        }
      }
      app.begunSeen = begun;
    }
  }

  /** Delivers bytes that the other side has written. */
  void deliver(Side side, int most) {
    ByteBuf pipe = pipes[1 - indexOf(side)];
    int bytes = Math.min(most, pipe.readableBytes());
    if (bytes > 0 && !side.session.isEnded() && breaks.mayHear(indexOf(side))) {
      note("%s gets %d bytes", side.name, bytes);
      ByteBuf part = pipe.readRetainedSlice(bytes);
      side.call(() -> side.session.handleBytes(part, now));
      part.release();
      pipe.discardReadBytes();
      Check.that(side.sessionEnd == null || mayEndSession, "session ended: %s", side.sessionEnd);
    }
  }

  private void pass(long nanos) {
    now += nanos;
    note("%d us pass", nanos / 1000);
    for (Side side : sides) {
      if (side.session.nextTimeoutNanos() - now <= 0) {
        side.call(() -> side.session.handleTimeout(now));
      }
    }
  }

  private void open(Side side) {
    if (opened >= maxStreams) {
      return;
    }
    opened++;
    hit(Tally.Hit.STREAM_OPENED);
    ReliabilityMode mode = MODES[random.nextInt(MODES.length)];
    Direction there = new Direction(2L * opened, mode);
    Direction back = new Direction(2L * opened + 1, mode);
    App app = new App(there, back, random);
    StreamOptions stream = StreamOptions.of(mode, "s" + opened).withPrefetch(back.prefetch);
    side.apps.add(app);
    ByteBuf first = firstMessage(there);
    side.call(() -> app.stream = side.session.open(stream, first, app));
    note("%s opens %d, %s", side.name, app.stream().id(), mode);
  }

  private static final ReliabilityMode[] MODES = {
    ReliabilityMode.RELIABLE,
    ReliabilityMode.RELIABLE,
    ReliabilityMode.UNRELIABLE,
    ReliabilityMode.UNRELIABLE_SEQUENCED
  };

  private @Nullable ByteBuf firstMessage(Direction out) {
    if (random.nextInt(4) > 0) {
      return null;
    }
    int size = random.nextInt(4) == 0 ? random.nextInt(MAX_FIRST * 2) : random.nextInt(200);
    out.firstWaits = size > MAX_FIRST;
    out.opensWithMessage = !out.firstWaits;
    hit(out.firstWaits ? Tally.Hit.FIRST_WAITED : Tally.Hit.FIRST_IN_OPEN);
    return out.emit(size, false, SendHalf.NO_DEADLINE, allocator);
  }

  private void answer(Side side) {
    if (side.offered.isEmpty()) {
      return;
    }
    SessionStream stream = side.offered.remove(0);
    if (random.nextInt(12) == 0) {
      note("%s refuses %d", side.name, stream.id());
      hit(Tally.Hit.STREAM_REFUSED);
      side.call(() -> side.session.refuse(stream, EndCause.local(EndCause.Kind.FORBIDDEN, "no")));
      return;
    }
    note("%s accepts %d", side.name, stream.id());
    App opener = openerOf(side, stream);
    App app = new App(opener.in, opener.out, random);
    app.stream = stream;
    stream.attach(app);
    side.apps.add(app);
    side.call(
        () ->
            side.session.accept(
                stream, Metadata.empty(), FlowOptions.defaults().withPrefetch(app.in.prefetch)));
    app.open = stream.phase() == SessionStream.Phase.OPEN;
  }

  private App openerOf(Side acceptor, SessionStream stream) {
    for (App app : sides[1 - indexOf(acceptor)].apps) {
      if (app.stream().isOpener() && app.stream().id() == stream.id()) {
        return app;
      }
    }
    throw new AssertionError("a stream that nobody opened");
  }

  private void endSession(Side side) {
    note("%s shuts down", side.name);
    hit(Tally.Hit.SHUT_DOWN);
    side.call(() -> side.session.shutDown(1000));
  }

  private void act(Side side, App app) {
    if (!app.open) {
      if (!app.refused && random.nextInt(30) == 0) {
        note("%s gives up on %d", side.name, app.stream().id());
        hit(Tally.Hit.OPEN_GIVEN_UP);
        side.call(
            () -> side.session.cut(app.stream(), EndCause.local(EndCause.Kind.TIMED_OUT, "late")));
      }
      return;
    }
    if (!app.stream().isStarted() && random.nextInt(3) > 0) {
      side.call(() -> side.session.start(app.stream(), app.byHand));
    }
    int dice = random.nextInt(100);
    if (dice < 40) {
      emit(side, app);
    } else if (dice < 75) {
      request(side, app, app.unbounded ? Long.MAX_VALUE : 1 + random.nextInt(5));
    } else if (dice < 90) {
      acknowledge(side, app);
    } else if (dice < 95) {
      complete(side, app);
    } else if (dice == 95) {
      hit(Tally.Hit.PRIORITIZED);
      Priority priority = List.of(Priority.values()).get(random.nextInt(3));
      side.call(() -> side.session.prioritize(app.stream(), priority, 1 + random.nextInt(4)));
    } else {
      endEarly(side, app);
    }
  }

  private int size(App app) {
    return switch (random.nextInt(app.large ? 6 : 12)) {
      case 0 -> 0;
      case 1 -> 16 * 1024 + random.nextInt(3) - 1;
      case 2 -> app.large ? random.nextInt(MAX_MESSAGE + 1) : random.nextInt(5000);
      default -> random.nextInt(200);
    };
  }

  private void emit(Side side, App app) {
    if (app.mayEmit() && app.out.emitted() < app.maxMessages) {
      boolean mayExpire = !app.out.mode.isReliable() && random.nextInt(4) == 0;
      long deadline = mayExpire ? now + 1 + random.nextInt(1_000_000) : SendHalf.NO_DEADLINE;
      boolean withMetadata = random.nextInt(8) == 0;
      ByteBuf message = app.out.emit(size(app), withMetadata, deadline, allocator);
      hit(Tally.Hit.MESSAGE_EMITTED);
      if (!message.isReadable()) {
        hit(Tally.Hit.EMPTY_MESSAGE);
      }
      note("%s emits %d bytes on %d", side.name, message.readableBytes(), app.stream().id());
      boolean ackNow = random.nextInt(8) == 0;
      side.call(
          () -> side.session.send(app.stream(), message, ackNow, withMetadata, deadline, false));
    }
  }

  private void request(Side side, App app, long n) {
    if (app.mayReceive() && !app.neverRequests) {
      note("%s requests %d on %d", side.name, n, app.stream().id());
      boolean starved = app.in.delivered == app.in.allowedMessages() && app.stream().isStarted();
      if (n == Long.MAX_VALUE) {
        hit(Tally.Hit.DEMAND_UNBOUNDED);
      }
      app.in.request(n);
      side.call(() -> side.session.request(app.stream(), n));
      boolean active =
          app.stream().receive().state() == ReceiveHalf.State.OPEN && !side.session.isSuspended();
      Check.that(
          !starved || !active || side.session.hasWork(),
          "the first demand on the idle stream %d waits",
          app.stream().id());
    }
  }

  private void acknowledge(Side side, App app) {
    if (!app.byHand || !app.open || app.ended || app.in.delivered == 0) {
      return;
    }
    long sequence =
        random.nextInt(10) == 0
            ? 1L + random.nextInt((int) app.in.lastDelivered)
            : app.in.unconsumed(random.nextInt(3));
    if (sequence == 0) {
      return;
    }
    if (random.nextInt(3) == 0) {
      ackUpTo(side, app, sequence);
    } else if (app.in.isDelivered(sequence)) {
      note("%s acks %d of %d", side.name, sequence, app.stream().id());
      hit(Tally.Hit.ACKED_BY_HAND);
      if (sequence > app.in.unconsumed(0)) {
        hit(Tally.Hit.ACKED_OUT_OF_ORDER);
      }
      app.in.consume(sequence);
      side.call(() -> side.session.acknowledge(app.stream(), sequence));
    }
  }

  private void ackUpTo(Side side, App app, long sequence) {
    note("%s acks up to %d of %d", side.name, sequence, app.stream().id());
    app.in.consumeUpTo(sequence);
    side.call(() -> side.session.acknowledgeUpTo(app.stream(), sequence));
  }

  private void complete(Side side, App app) {
    if (app.mayEmit() && app.out.emitted() >= app.maxMessages) {
      note("%s completes %d", side.name, app.stream().id());
      hit(Tally.Hit.COMPLETED);
      app.out.completed = true;
      side.call(() -> side.session.complete(app.stream(), EndCause.completed()));
    }
  }

  private static final Tally.Hit[] EARLY_ENDS = {
    Tally.Hit.CANCELLED,
    Tally.Hit.RESET,
    Tally.Hit.CUT,
    Tally.Hit.CLOSED,
    Tally.Hit.SUBSCRIBER_FAILED
  };

  private void endEarly(Side side, App app) {
    if (random.nextInt(4) > 0) {
      return;
    }
    SessionStream stream = app.stream();
    int dice = random.nextInt(5);
    note("%s ends %d early (%d)", side.name, stream.id(), dice);
    hit(EARLY_ENDS[dice]);
    switch (dice) {
      case 0 -> {
        if (app.mayReceive()) {
          side.call(() -> side.session.cancel(stream, EndCause.local(EndCause.Kind.CANCELLED, "")));
        }
      }
      case 1 -> {
        app.out.cut = true;
        side.call(() -> side.session.reset(stream, EndCause.application(7, "broken")));
      }
      case 2 -> {
        app.out.cut = true;
        side.call(() -> side.session.cut(stream, EndCause.local(EndCause.Kind.CLOSED, "")));
      }
      case 3 -> close(side, app);
      default -> app.declinesNext = true;
    }
  }

  private void close(Side side, App app) {
    EndCause cause = EndCause.local(EndCause.Kind.CLOSED, "");
    if (app.mayEmit()) {
      app.out.completed = true;
      side.call(() -> side.session.complete(app.stream(), cause));
    }
    side.call(() -> side.session.drainInbound(app.stream(), cause));
  }

  /** A subscriber threw. */
  void fail(Side side, App app) {
    app.out.cut = true;
    side.session.cut(app.stream(), EndCause.application(0, "the receiver failed"));
  }

  /** A message came in: some applications ask for more from within. */
  void received(Side side, App app) {
    if (!app.neverRequests && random.nextInt(4) == 0) {
      side.wishes.add(
          () -> {
            if (app.mayReceive()) {
              app.in.request(1);
              side.session.request(app.stream(), 1);
            }
          });
    }
  }

  // Invariants

  private void checkInvariants() {
    for (Side side : sides) {
      long held = 0;
      for (App app : side.apps) {
        if (app.stream == null) {
          continue;
        }
        checkOutbound(app);
        checkWithoutLink(side, app);
        tally(app);
        held += app.stream().receive().heldBytes();
      }
      long bound = (long) maxStreams * (MAX_WINDOW * 2L + 1024) + 2L * MAX_MESSAGE;
      Check.that(held <= bound, "%s holds %d bytes", side.name, held);
    }
  }

  private void tally(App app) {
    SessionStream stream = app.stream();
    int window = stream.receive().credit().windowBytes();
    if (window > app.windowSeen) {
      hit(Tally.Hit.WINDOW_GREW);
    }
    app.windowSeen = window;
    if (stream.receive().admittedBytes() > 0) {
      hit(Tally.Hit.LARGE_MESSAGE_ADMITTED);
    }
    if (stream.awaitsAdmission) {
      hit(Tally.Hit.ADMISSION_WAITED);
    }
    SendHalf send = stream.send();
    if (send.waiting() > 0 && !send.canWrite()) {
      hit(Tally.Hit.SENDER_HELD);
    }
  }

  private void checkOutbound(App app) {
    SendHalf send = app.stream().send();
    Direction out = app.out;
    Check.that(
        send.credit().messages() <= send.credit().maxMessages()
            && send.credit().offset() <= send.credit().maxOffset(),
        "sent beyond the grant");
    Check.that(
        send.credit().maxMessages() <= Math.min(out.allowedMessages(), Charge.UNLIMITED),
        "granted %d messages on %d, requested %d + %d",
        send.credit().maxMessages(),
        app.stream().id(),
        out.requested,
        out.prefetch);
    long bytes = Math.max(out.consumedOffset + MAX_WINDOW, out.chargeOf(out.requested));
    Check.that(
        send.credit().maxOffset() <= bytes,
        "granted %d bytes on %d, allowed %d",
        send.credit().maxOffset(),
        app.stream().id(),
        bytes);
    Check.that(
        send.acked() <= out.consumedSequence, "acked %d of %d", send.acked(), out.consumedSequence);
    checkNeverDelayed(app);
    Check.that(
        send.emitted()
            == send.credit().messages()
                + send.waiting()
                + out.droppedMessages()
                + send.endedDrops(),
        "of %d messages emitted on %d some are nowhere",
        send.emitted(),
        app.stream().id());
  }

  /** In the unreliable modes nothing waits for a link but the newest one of a sequenced stream. */
  private static void checkWithoutLink(Side side, App app) {
    if (side.session.isSuspended() && !app.out.mode.isReliable() && app.open) {
      int waiting = app.stream().send().waiting();
      int newest = app.out.mode == ReliabilityMode.UNRELIABLE_SEQUENCED ? 1 : 0;
      int mayWait = newest + (app.out.firstWaits ? 1 : 0);
      Check.that(waiting <= mayWait, "%d messages wait for a link", waiting);
    }
  }

  /** In the unreliable modes nothing waits for credit but the newest one of a sequenced stream. */
  private static void checkNeverDelayed(App app) {
    SendHalf send = app.stream().send();
    int mayWait = app.out.mode == ReliabilityMode.UNRELIABLE ? 0 : 1;
    boolean exempt = app.out.mode.isReliable() || app.out.firstWaits || !app.open;
    Check.that(
        exempt || send.waiting() - mayWait <= send.credit().availableMessages(),
        "%d messages wait on %d, with credit for %d",
        send.waiting(),
        app.stream().id(),
        send.credit().availableMessages());
  }

  // Healing and ending

  /** Everything that is under way arrives, and time passes, until nothing moves. */
  private void heal() {
    note("heal");
    while (breaks.isBroken() && !anyEnded()) {
      breaks.anotherLink(random);
    }
    for (int round = 0; round < 10_000; round++) {
      boolean moved = false;
      for (Side side : sides) {
        while (!side.offered.isEmpty()) {
          answer(side);
          moved = true;
        }
        if (side.session.hasWork() && pipes[indexOf(side)].readableBytes() < PIPE_LIMIT) {
          int before = pipes[indexOf(side)].readableBytes();
          write(side);
          moved |= pipes[indexOf(side)].readableBytes() > before;
        }
        if (pipes[1 - indexOf(side)].isReadable() && !side.session.isEnded()) {
          deliver(side, Integer.MAX_VALUE);
          moved = true;
        }
        checkInvariants();
      }
      if (!moved && !passToNextTimeout(Duration.ofMillis(50).toNanos())) {
        return;
      }
      if (anyEnded()) {
        return;
      }
    }
    throw new AssertionError("it never comes to rest");
  }

  private boolean passToNextTimeout(long atMost) {
    long next = sides[0].session.nextTimeoutNanos();
    long other = sides[1].session.nextTimeoutNanos();
    long wait = Math.min(next - now, other - now);
    if (wait > atMost) {
      return false;
    }
    pass(Math.max(wait, 0));
    return true;
  }

  /**
   * Nothing moves any more: demand, delivery and acknowledgement must have come to where they can
   * come.
   */
  private void checkQuiet() {
    if (anyEnded()) {
      return;
    }
    for (Side side : sides) {
      side.singles.checkQuiet();
      for (App app : side.apps) {
        Check.that(
            app.open || app.refused, "%s has no answer for %d", side.name, app.stream().id());
        if (app.open && !app.ended) {
          checkQuiet(side, app);
        }
      }
    }
  }

  private void checkQuiet(Side side, App app) {
    SendHalf send = app.stream().send();
    Direction out = app.out;
    App receiver = counterpart(side, app);
    if (receiver == null || receiver.inboundDone || app.outboundDone || out.cut) {
      return;
    }
    long id = app.stream().id();
    Check.that(
        send.acked() == out.consumedSequence,
        "%s knows %d acks on %d of %d",
        side.name,
        send.acked(),
        id,
        out.consumedSequence);
    Check.that(
        send.credit().maxMessages() == Math.min(out.allowedMessages(), Charge.UNLIMITED),
        "%s knows a grant of %d on %d, requested %d + %d",
        side.name,
        send.credit().maxMessages(),
        id,
        out.requested,
        out.prefetch);
    boolean windowFull = receiver.byHand && out.consumedPrefix < out.delivered;
    boolean started = receiver.stream().isStarted();
    if (started && !windowFull) {
      long due = Math.min(out.requested, out.emitted() - out.droppedMessages());
      Check.that(out.delivered == due, "%d of %d arrived on %d", out.delivered, due, id);
      checkNewestCame(out, id);
    }
  }

  private void checkNewestCame(Direction out, long id) {
    boolean wantsMore = out.delivered < out.requested;
    if (out.mode == ReliabilityMode.UNRELIABLE_SEQUENCED && wantsMore && out.emitted() > 0) {
      long newest = out.emitted();
      Check.that(
          out.lastDelivered == newest || out.isExpired(newest),
          "%d came last on %d, the newest is %d",
          out.lastDelivered,
          id,
          newest);
      hit(Tally.Hit.NEWEST_CAME_LAST);
    }
  }

  private @Nullable App counterpart(Side side, App app) {
    for (App other : sides[1 - indexOf(side)].apps) {
      if (other.out == app.in && other.open) {
        return other;
      }
    }
    return null;
  }

  /**
   * Applications ask for everything, acknowledge everything and complete; those that never ask are
   * closed.
   */
  private void finish() {
    note("finish");
    for (int round = 0; round < 400; round++) {
      boolean allOver = true;
      for (Side side : sides) {
        while (side.singles.hasOpen()) {
          allOver = false;
          side.singles.endOne(random);
        }
        for (App app : side.apps) {
          if (app.open && !app.ended) {
            allOver = false;
            finish(side, app);
          }
        }
      }
      heal();
      if (allOver || anyEnded()) {
        break;
      }
    }
    if (anyEnded()) {
      return;
    }
    for (Side side : sides) {
      side.singles.checkOver();
      for (App app : side.apps) {
        Check.that(
            app.ended || app.refused,
            "%s: stream %d never ended: %s / %s",
            side.name,
            app.stream().id(),
            app.stream().send().state(),
            app.stream().receive().state());
        App other = counterpart(side, app);
        if (app.ended && other != null) {
          checkAgreement(app, other);
        }
      }
      Check.that(
          side.session.streamCount() == 0,
          "%s remembers %d streams",
          side.name,
          side.session.streamCount());
      Check.that(
          side.session.freeReassemblyBytes() == options.reassemblyBudget(),
          "%s did not give back its reassembly budget",
          side.name);
      Check.that(
          side.session.freeWindowBytes() == options.sessionWindowBudget(),
          "%s did not give back its window budget",
          side.name);
    }
  }

  private void finish(Side side, App app) {
    if (!app.stream().isStarted()) {
      side.call(() -> side.session.start(app.stream(), app.byHand));
    }
    if (app.mayReceive()) {
      if (app.neverRequests) {
        side.call(
            () -> side.session.cancel(app.stream(), EndCause.local(EndCause.Kind.CANCELLED, "")));
      } else {
        request(side, app, 1000);
      }
    }
    if (app.byHand && app.in.consumedPrefix < app.in.delivered && !app.ended) {
      ackUpTo(side, app, app.in.lastDelivered);
    }
    if (app.mayEmit()) {
      app.out.completed = true;
      side.call(() -> side.session.complete(app.stream(), EndCause.completed()));
    }
  }

  private static void checkAgreement(App one, App other) {
    EndCause mine = one.endCause;
    EndCause theirs = other.endCause;
    Check.that(
        mine != null && theirs != null, "one end of stream %d has no cause", one.stream().id());
    if (mine != null && theirs != null) {
      boolean agree =
          mine.kind() == theirs.kind()
              && (mine.kind() == EndCause.Kind.COMPLETED || mine.local() != theirs.local())
              && mine.applicationCode() == theirs.applicationCode();
      Check.that(agree, "stream %d ended as %s here and %s there", one.stream().id(), mine, theirs);
    }
    checkCounts(one, other);
    boolean whole =
        one.out.outboundEnd != null && one.out.outboundEnd.kind() == EndCause.Kind.COMPLETED;
    if (whole) {
      long due = one.out.emitted() - one.out.droppedMessages();
      Check.that(one.out.delivered == due, "a stream completed without all of it");
      Check.that(one.out.ackedTold == one.out.lastDelivered, "a stream completed without all acks");
    }
  }

  /** Both ends have the same counts of what went from one to the other. */
  private static void checkCounts(App sender, App receiver) {
    SendHalf send = sender.stream().send();
    ReceiveHalf receive = receiver.stream().receive();
    long id = sender.stream().id();
    DropCounts dropped = send.hasDrops() ? send.drops().counts() : DropCounts.NONE;
    Check.that(
        receive.remoteDrops().equals(dropped),
        "of stream %d %s were dropped, the receiver knows of %s",
        id,
        dropped,
        receive.remoteDrops());
    Check.that(
        receive.receivedMessages() == receive.credit().delivered() + receive.discarded(),
        "of stream %d %d messages arrived, %d were delivered and %d thrown away",
        id,
        receive.receivedMessages(),
        receive.credit().delivered(),
        receive.discarded());
    boolean cutWithin = send.wholeMessages() < send.credit().messages();
    long arrived = receive.receivedMessages() + (cutWithin ? 1 : 0);
    Check.that(
        arrived == send.credit().messages(),
        "of stream %d %d messages were written, %d arrived",
        id,
        send.credit().messages(),
        arrived);
  }

  private void loseLink() {
    if (sides[0].session.streamCount() > 0) {
      hit(Tally.Hit.LINK_LOST_WITH_STREAMS);
    }
    for (Side side : sides) {
      side.call(() -> side.session.linkDown("cut", now));
      if (side.session.isSuspended()) {
        hit(Tally.Hit.RESUME_WINDOW_OVER);
        now += RESUME_WINDOW.toNanos();
        side.call(() -> side.session.handleTimeout(now));
      }
      Check.that(side.session.isEnded(), "%s outlived its window", side.name);
      for (App app : side.apps) {
        Check.that(
            app.ended || app.refused,
            "%s: stream %d outlived its session",
            side.name,
            app.stream().id());
      }
    }
  }

  private void checkNothingLeft() {
    for (Side side : sides) {
      side.call(() -> side.session.abort(EndCause.linkLost("over")));
      side.singles.checkOver();
    }
    for (ByteBuf pipe : pipes) {
      pipe.release();
    }
    long left = allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
    Check.that(left == 0, "%d bytes of buffers were not released", left);
  }
}
