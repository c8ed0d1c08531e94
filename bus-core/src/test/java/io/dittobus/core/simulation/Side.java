// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.simulation;

import io.dittobus.api.options.BusOptions;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.core.flow.WindowBudget;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.MessageHead;
import io.dittobus.core.session.Session;
import io.dittobus.core.session.SessionEvents;
import io.dittobus.core.stream.DropLog;
import io.dittobus.core.stream.SessionStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One of the two peers: its session, its applications, and what they want done once the session has
 * returned.
 */
final class Side implements SessionEvents {

  final String name;
  final Session session;
  final List<App> apps = new ArrayList<>();
  final ArrayDeque<Runnable> wishes = new ArrayDeque<>();
  final List<SessionStream> offered = new ArrayList<>();
  final SingleTraffic singles;
  private final Simulation simulation;
  private final ByteBufAllocator allocator;
  @Nullable EndCause sessionEnd;
  boolean goingAway;
  private boolean inside;

  Side(
      String name,
      boolean larger,
      Hello remote,
      BusOptions options,
      ByteBufAllocator allocator,
      Simulation simulation) {
    this.name = name;
    this.simulation = simulation;
    this.allocator = allocator;
    this.singles = new SingleTraffic(this, simulation);
    this.session =
        new Session(
            options,
            remote,
            larger,
            new WindowBudget(options.busWindowBudget()),
            new FrameReader(allocator),
            allocator,
            this,
            simulation.now());
  }

  /** Calls the session, then does what the applications wanted meanwhile. */
  void call(Runnable input) {
    Check.that(!inside, "the session was entered twice");
    inside = true;
    input.run();
    inside = false;
    Runnable wish;
    while ((wish = wishes.poll()) != null) {
      inside = true;
      wish.run();
      inside = false;
    }
  }

  /** There is another link; returns whether the session goes on. */
  boolean resume(long saidThere, long saidHere) {
    boolean[] goesOn = new boolean[1];
    call(
        () ->
            goesOn[0] =
                session.linkUp(new FrameReader(allocator), saidThere, saidHere, simulation.now()));
    return goesOn[0];
  }

  static App app(SessionStream stream) {
    App app = (App) stream.attachment();
    if (app == null) {
      throw new AssertionError("An event of a stream that no application has");
    }
    return app;
  }

  private App openApp(SessionStream stream, String event) {
    App app = app(stream);
    Check.that(app.open, "%s of a stream that is not open", event);
    Check.that(!app.ended, "%s after the end", event);
    return app;
  }

  @Override
  public void streamOffered(SessionStream stream) {
    offered.add(stream);
  }

  @Override
  public void streamAccepted(SessionStream stream) {
    App app = app(stream);
    Check.that(!app.open && !app.refused, "accepted twice, or after it was refused");
    app.open = true;
  }

  @Override
  public void streamRefused(SessionStream stream, EndCause cause) {
    offered.remove(stream);
    App app = (App) stream.attachment();
    if (app != null) {
      Check.that(!app.open && !app.refused, "refused twice, or after it was accepted");
      app.refused = true;
    }
  }

  @Override
  public boolean messageReceived(
      SessionStream stream, long sequence, Metadata metadata, ByteBuf message) {
    App app = openApp(stream, "a message");
    if (app.declinesNext) {
      app.declinesNext = false;
      wishes.add(() -> simulation.fail(this, app));
      return false;
    }
    if (sequence > app.in.lastDelivered + 1) {
      simulation.hit(Tally.Hit.GAP_DELIVERED);
    }
    if (!metadata.isEmpty()) {
      simulation.hit(Tally.Hit.METADATA_DELIVERED);
    }
    app.in.deliver(sequence, metadata, message);
    simulation.hit(Tally.Hit.MESSAGE_DELIVERED);
    if (!app.byHand) {
      app.in.consume(sequence);
    }
    simulation.received(this, app);
    return true;
  }

  @Override
  public void batchEnded(SessionStream stream) {
    openApp(stream, "the end of a batch");
  }

  @Override
  public void messagesWritten(SessionStream stream, long sequence, long freedBytes) {
    openApp(stream, "written").out.writtenTold(sequence);
  }

  @Override
  public void messagesDropped(SessionStream stream, DropLog.Run run) {
    boolean down = session.isSuspended();
    app(stream).out.dropped(run, stream.send(), simulation.now(), down);
    simulation.hit(
        switch (run.cause()) {
          case NO_CREDIT -> Tally.Hit.DROPPED_NO_CREDIT;
          case REPLACED -> Tally.Hit.DROPPED_REPLACED;
          case NO_LINK -> Tally.Hit.DROPPED_NO_LINK;
          default -> Tally.Hit.DROPPED_EXPIRED;
        });
  }

  @Override
  public void messagesAcked(SessionStream stream, long sequence) {
    App app = openApp(stream, "an ack");
    app.out.ackTold(sequence, stream.send());
  }

  @Override
  public void singleReceived(long number, MessageHead.Single head, ByteBuf message) {
    singles.received(number, head, message);
  }

  @Override
  public void singleWritten(Object attachment) {
    singles.written((SingleTraffic.Sent) attachment);
  }

  @Override
  public void singleEnded(Object attachment, BusSingleSendResult result) {
    singles.ended((SingleTraffic.Sent) attachment, result);
  }

  @Override
  public void creditChanged(SessionStream stream) {
    openApp(stream, "credit");
  }

  @Override
  public void drainRequested(SessionStream stream, EndCause cause) {
    App app = openApp(stream, "a wish to drain");
    wishes.add(
        () -> {
          if (app.mayEmit()) {
            simulation.hit(Tally.Hit.DRAINED_FOR_PEER);
            app.out.completed = true;
            session.complete(stream, cause);
          }
        });
  }

  @Override
  public void inboundEnded(SessionStream stream, EndCause cause) {
    App app = openApp(stream, "the inbound end");
    app.inboundDone = true;
    app.in.inboundEnded(cause);
  }

  @Override
  public void outboundEnded(SessionStream stream, EndCause cause) {
    App app = openApp(stream, "the outbound end");
    app.outboundDone = true;
    app.out.outboundEnded(cause);
  }

  @Override
  public void streamClosed(SessionStream stream, EndCause cause) {
    App app = openApp(stream, "closed");
    Check.that(app.inboundDone && app.outboundDone, "closed before both directions ended");
    app.ended = true;
    simulation.hit(
        cause.kind() == EndCause.Kind.COMPLETED
            ? Tally.Hit.ENDED_COMPLETED
            : Tally.Hit.ENDED_OTHERWISE);
    app.endCause = cause;
  }

  @Override
  public void peerGoingAway(EndCause cause) {
    goingAway = true;
  }

  @Override
  public void roundTripMeasured(long nanos) {
    Check.that(nanos > 0, "a round trip of %d", nanos);
  }

  @Override
  public void sessionEnded(EndCause cause) {
    Check.that(sessionEnd == null, "the session ended twice");
    sessionEnd = cause;
  }
}
