// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.modes;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.result.BusSingleSendResult;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamCounts;
import io.dittobus.examples.demo.receiver.ModeFindings;
import io.dittobus.examples.demo.receiver.Settings;
import io.dittobus.examples.support.ProgramFailure;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Emits the same on three streams, one of each mode, and single messages beside them, while the
 * receiver stalls in the middle. What happens comes from the bus's own words.
 */
public final class ModesRun {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int TICKS_PER_LINE = 100;
  private static final int TICKS_PER_RELIABLE_SINGLE = 10;

  private static final List<ReliabilityMode> MODES =
      List.of(
          ReliabilityMode.RELIABLE,
          ReliabilityMode.UNRELIABLE,
          ReliabilityMode.UNRELIABLE_SEQUENCED);

  private static final String EXPLANATION =
      """
      Phase 4, modes: the same news on a stream of each mode, 200 a second, and single messages.
        The receiver takes all, then stalls, then goes on. Nobody but the news of its stream waits.
        RELIABLE              all of it waits, and comes, late.
        UNRELIABLE            what cannot go at once is dropped, and counted at both ends.
        UNRELIABLE_SEQUENCED  the newest replaces the one that waits: late news is not sent at all.
        single messages       a reliable one waits for its handler; an unreliable one is dropped
                              when too many are under way.\
      """;

  private static final String HEADER =
      "%-9s | %-24s | %-18s | %-25s | %s"
              .formatted("", "RELIABLE", "UNRELIABLE", "UNRELIABLE_SEQUENCED", "single messages")
          + "\n"
          + "receiver  |  emitted waiting   acked |   dropped    acked | replaced waiting    acked"
          + " | delivered dropped";

  private final Settings settings;
  private final Consumer<String> screen;
  private final List<ModeFeed> feeds = new ArrayList<>();
  private final SinglesFeed singles;
  private final Map<ReliabilityMode, ModeFindings> reports = new ConcurrentHashMap<>();
  private volatile String phase = "takes all";

  private ModesRun(Settings settings, Consumer<String> screen, ReactorBus bus, DittoAddress peer) {
    this.settings = settings;
    this.screen = screen;
    this.singles = new SinglesFeed(bus, peer);
    for (ReliabilityMode mode : MODES) {
      ReactorStream stream =
          bus.openStream(peer, StreamOptions.of(mode, Settings.modeLabel(mode)))
              .blockOptional(TIMEOUT)
              .orElseThrow();
      stream.receive().asString().subscribe(text -> heard(mode, text), error -> {});
      feeds.add(new ModeFeed(stream));
    }
  }

  /**
   * Runs it.
   *
   * @param screen where lines go
   * @throws ProgramFailure if it does not come to its end
   */
  public static ModesOutcome run(
      Settings settings, Consumer<String> screen, ReactorBus bus, DittoAddress peer) {
    return new ModesRun(settings, screen, bus, peer).run();
  }

  private void heard(ReliabilityMode mode, String text) {
    if (text.startsWith(Settings.REPORT)) {
      reports.put(mode, ModeFindings.parse(text.substring(Settings.REPORT.length())));
    } else if (text.equals(Settings.STALLED)) {
      phase = "stalls";
    } else if (text.equals(Settings.GOES_ON)) {
      phase = "goes on";
    }
  }

  private ModesOutcome run() {
    screen.accept("");
    screen.accept(EXPLANATION);
    feed();
    // The last single message is reliable: when it is consumed, so are those before it.
    singles.sendReliable();
    await("the single messages to end", singles::allEnded);
    for (ModeFeed feed : feeds) {
      feed.stream().sink().tryEmitComplete();
    }
    await("the receiver's reports", () -> reports.size() == feeds.size());
    screen.accept(line());
    List<ModesOutcome.OfMode> modes = new ArrayList<>();
    for (ModeFeed feed : feeds) {
      StreamCounts counts = feed.stream().counts().blockOptional(TIMEOUT).orElseThrow();
      ModeFindings found = Objects.requireNonNull(reports.get(feed.mode()));
      modes.add(
          new ModesOutcome.OfMode(
              feed.mode(),
              feed.emitted(),
              counts.written(),
              counts.dropped(),
              feed.slowestMillis(),
              found));
    }
    return new ModesOutcome(
        modes,
        singles.reliableSent(),
        singles.count(BusSingleSendResult.DELIVERED),
        singles.unreliableSent(),
        singles.count(BusSingleSendResult.TRANSMITTED),
        singles.count(BusSingleSendResult.DROPPED));
  }

  private void feed() {
    long ticks = settings.third().toNanos() * 3 / TICK_NANOS;
    long due = System.nanoTime();
    for (int i = 0; i < ticks; i++) {
      feeds.forEach(ModeFeed::emit);
      if (i % TICKS_PER_RELIABLE_SINGLE == 0) {
        singles.sendReliable();
      } else if (i % 2 == 0) {
        singles.sendUnreliable();
      }
      if (i % TICKS_PER_LINE == TICKS_PER_LINE - 1) {
        screen.accept((i < TICKS_PER_LINE ? HEADER + "\n" : "") + line());
      }
      due += TICK_NANOS;
      pauseUntil(due);
    }
  }

  private void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new ProgramFailure("waited in vain for " + what);
      }
      pauseUntil(System.nanoTime() + TICK_NANOS);
    }
  }

  private static void pauseUntil(long due) {
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new ProgramFailure("interrupted");
      }
      LockSupport.parkNanos(wait);
    }
  }

  private String line() {
    ModeFeed reliable = feed(ReliabilityMode.RELIABLE);
    ModeFeed unreliable = feed(ReliabilityMode.UNRELIABLE);
    ModeFeed sequenced = feed(ReliabilityMode.UNRELIABLE_SEQUENCED);
    return String.format(
        Locale.ROOT,
        "%-9s | %8d %7d %7d | %9d %8d | %8d %7d %8d | %9d %7d",
        phase,
        reliable.emitted(),
        reliable.waiting(),
        reliable.acked(),
        unreliable.ended(ErrorCode.DROPPED_NO_CREDIT),
        unreliable.acked(),
        sequenced.ended(ErrorCode.DROPPED_REPLACED),
        sequenced.waiting(),
        sequenced.acked(),
        singles.count(BusSingleSendResult.DELIVERED),
        singles.count(BusSingleSendResult.DROPPED));
  }

  private ModeFeed feed(ReliabilityMode mode) {
    return feeds.stream().filter(feed -> feed.mode() == mode).findFirst().orElseThrow();
  }
}
