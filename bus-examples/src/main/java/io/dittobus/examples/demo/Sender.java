// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.PeerState;
import io.dittobus.examples.demo.receiver.Findings;
import io.dittobus.examples.demo.receiver.Phase;
import io.dittobus.examples.demo.receiver.ReceiverProcess;
import io.dittobus.examples.demo.receiver.Settings;
import io.dittobus.examples.support.CuttableRelay;
import io.dittobus.examples.support.ProcessMemory;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codecs;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends the file and the readings, and shows how it goes. What happens comes as events of one
 * queue, which the thread that calls {@link #run} works off.
 */
final class Sender {

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Times that the connection is cut, in the first phase. */
  private static final int CUTS = 2;

  /** How long it cannot be made again. */
  private static final Duration OUTAGE = Duration.ofMillis(300);

  private sealed interface Event {
    record Entered(Phase phase) implements Event {}

    record FileReport(Findings findings) implements Event {}

    record ReadingsReport(Findings findings) implements Event {}

    /** All of the file and its end are acknowledged. */
    record FileDone() implements Event {}

    /** The connection with the receiver was lost, or is back. */
    record Connection(boolean lost) implements Event {}

    record Failed(String text) implements Event {}
  }

  private final Settings settings;
  private final Screen screen;
  private final ReactorStream file;
  private final ReadingsFeed readings;
  private final FileSource source;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final long startNanos = System.nanoTime();
  private final AtomicLong mostUnderWay = new AtomicLong();
  private final AtomicLong beyondCredit = new AtomicLong();
  private Phase phase = Phase.STEADY;
  private double slowSinceSeconds;
  private long slowMillis;
  private long readingsBeforeSlow;
  private long readingsAckedSlow;
  private double slowestAckSlowMillis;
  private final CuttableRelay relay;
  private int cuts;
  private int pauses;
  private long lostNanos;
  private boolean fileDone;
  private @Nullable Findings fileFindings;
  private @Nullable Findings readingsFindings;

  private Sender(
      Settings settings,
      Screen screen,
      CuttableRelay relay,
      ReactorStream file,
      ReactorStream readingsStream) {
    this.relay = relay;
    this.settings = settings;
    this.screen = screen;
    this.file = file;
    this.readings = new ReadingsFeed(readingsStream);
    this.source = new FileSource(settings.file());
    listen(file, true);
    listen(readingsStream, false);
  }

  /**
   * Opens both streams and sends all.
   *
   * @param relay the way to the receiver, which is cut meanwhile
   * @throws ProgramFailure if it cannot be done
   */
  static Outcome run(
      Settings settings,
      Screen screen,
      ReactorBus bus,
      ReceiverProcess receiver,
      CuttableRelay relay) {
    Duration timeout = Duration.ofSeconds(20);
    var peer = bus.connect("127.0.0.1", relay.port()).blockOptional(timeout).orElseThrow();
    ReactorStream file =
        bus.openStream(peer, StreamOptions.reliable(Settings.FILE_LABEL))
            .blockOptional(timeout)
            .orElseThrow();
    ReactorStream readings =
        bus.openStream(peer, StreamOptions.reliable(Settings.READINGS_LABEL))
            .blockOptional(timeout)
            .orElseThrow();
    Sender sender = new Sender(settings, screen, relay, file, readings);
    bus.peerStates(peer).subscribe(sender::connection);
    receiver.whenEnded(
        () -> sender.fail("the receiver's process ended before the file was through"));
    return sender.send();
  }

  private void listen(ReactorStream stream, boolean ofFile) {
    stream
        .receive()
        .asString()
        .subscribe(text -> heard(text, ofFile), error -> fail(error.getMessage()));
  }

  private void heard(String text, boolean ofFile) {
    if (text.startsWith(Settings.PHASE)) {
      events.add(new Event.Entered(Phase.valueOf(text.substring(Settings.PHASE.length()))));
    } else if (text.startsWith(Settings.REPORT)) {
      Findings findings = Findings.parse(text.substring(Settings.REPORT.length()));
      events.add(ofFile ? new Event.FileReport(findings) : new Event.ReadingsReport(findings));
    }
  }

  private void connection(PeerState state) {
    if (state instanceof PeerState.Lost lost && lost.attempts() == 0) {
      events.add(new Event.Connection(true));
    } else if (state instanceof PeerState.Connected) {
      events.add(new Event.Connection(false));
    }
  }

  /** Cuts the connection when it is time, at even distances in the first phase. */
  private void cutWhenDue() {
    double due = settings.steady().toMillis() / 1e3 * (cuts + 1) / (CUTS + 1);
    if (cuts < CUTS && pauses == cuts && phase == Phase.STEADY && seconds() >= due && !fileDone) {
      cuts++;
      screen.cut(cuts, CUTS);
      relay.cut(OUTAGE);
    }
  }

  private void connection(boolean lost) {
    if (lost) {
      lostNanos = System.nanoTime();
    } else if (lostNanos != 0) {
      pauses++;
      screen.back((System.nanoTime() - lostNanos) / 1e9);
      lostNanos = 0;
    }
  }

  private void fail(@Nullable String text) {
    events.add(new Event.Failed(text == null ? "the connection failed" : text));
  }

  private Outcome send() {
    readings.start();
    file.sendAndComplete(source.messagesFlux().doOnNext(this::measure), Codecs.buffer())
        .subscribe(
            nothing -> {},
            error -> fail(error.getMessage()),
            () -> events.add(new Event.FileDone()));
    long nextTick = System.nanoTime() + TICK_NANOS;
    long lastProgress = System.nanoTime();
    long lastAcked = 0;
    while (fileFindings == null || readingsFindings == null || !fileDone) {
      Event event = poll(nextTick - System.nanoTime());
      if (event != null) {
        handle(event);
        lastProgress = System.nanoTime();
        continue;
      }
      nextTick += TICK_NANOS;
      cutWhenDue();
      screen.line(line());
      if (file.ackedSequence() > lastAcked) {
        lastAcked = file.ackedSequence();
        lastProgress = System.nanoTime();
      } else if (System.nanoTime() - lastProgress > PATIENCE_NANOS) {
        throw new ProgramFailure("nothing moved for 30 s");
      }
    }
    return outcome(fileFindings, readingsFindings);
  }

  private @Nullable Event poll(long nanos) {
    try {
      return events.poll(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProgramFailure("interrupted", e);
    }
  }

  private void handle(Event event) {
    if (event instanceof Event.Entered entered) {
      enter(entered.phase());
    } else if (event instanceof Event.FileDone) {
      fileDone = true;
      screen.line(line());
      leaveSlow();
      readings.complete();
    } else if (event instanceof Event.FileReport report) {
      fileFindings = report.findings();
    } else if (event instanceof Event.ReadingsReport report) {
      readingsFindings = report.findings();
    } else if (event instanceof Event.Connection connection) {
      connection(connection.lost());
    } else if (event instanceof Event.Failed failed) {
      throw new ProgramFailure(failed.text());
    }
  }

  private void enter(Phase next) {
    if (next != Phase.STEADY) {
      screen.line(line());
    }
    leaveSlow();
    phase = next;
    if (next == Phase.SLOW) {
      slowSinceSeconds = seconds();
      readingsBeforeSlow = readings.acked();
      readings.takeSlowestAckMillis();
    }
    screen.phase(next);
  }

  private void leaveSlow() {
    if (phase == Phase.SLOW) {
      slowMillis = Math.round((seconds() - slowSinceSeconds) * 1000);
      readingsAckedSlow = readings.acked() - readingsBeforeSlow;
      slowestAckSlowMillis = readings.takeSlowestAckMillis();
    }
  }

  /** For each message, when it was taken from the file. */
  private void measure(ByteBuf message) {
    long taken = source.messages();
    mostUnderWay.accumulateAndGet(taken - file.ackedSequence(), Math::max);
    if (taken > file.grantedMessages()) {
      beyondCredit.incrementAndGet();
    }
  }

  private Screen.Line line() {
    long acked = file.ackedSequence();
    return new Screen.Line(
        seconds(),
        phase,
        Math.min(acked * Settings.CHUNK_BYTES, settings.fileBytes()),
        file.sentSequence(),
        acked,
        file.grantedMessages(),
        source.clock().heldNanos(System.nanoTime()) / 1e9,
        readings.acked(),
        readings.last());
  }

  private Outcome outcome(Findings ofFile, Findings ofReadings) {
    return new Outcome(
        source.messages(),
        source.bytes(),
        file.ackedSequence(),
        source.sha256(),
        ofFile,
        readings.emitted(),
        readings.acked(),
        readingsAckedSlow,
        slowMillis,
        readings.slowestAckMillis(),
        slowestAckSlowMillis,
        ofReadings,
        source.clock().stalls(),
        TimeUnit.NANOSECONDS.toMillis(source.clock().heldNanos(System.nanoTime())),
        mostUnderWay.get(),
        beyondCredit.get(),
        cuts,
        pauses,
        ProcessMemory.peakBytes(),
        seconds());
  }

  private double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
