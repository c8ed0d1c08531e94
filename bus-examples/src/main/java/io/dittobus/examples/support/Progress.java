// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.time.Duration;
import java.util.function.Supplier;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Shows on standard error how far a program has come: on a terminal one line that changes,
 * elsewhere a line now and then, unless it says the same again.
 */
public final class Progress {

  /** Set by {@code bin/dittobus-run}, which can ask the system. */
  private static final String ON_TERMINAL = "dittobus.terminal";

  private static final Duration LIVE = Duration.ofMillis(200);
  private static final Duration NOW_AND_THEN = Duration.ofSeconds(2);
  private static final String ERASE_LINE = "\r\033[K";

  private final boolean onTerminal = Boolean.getBoolean(ON_TERMINAL);
  private final String program;
  private final Supplier<String> line;
  private final Disposable ticks;
  private String shown = "";
  private boolean closed;

  /** Shows what the supplier says while the work goes on; it is asked from a thread of its own. */
  public static <T> T during(String program, Supplier<String> line, Supplier<T> work) {
    Progress progress = new Progress(program, line);
    try {
      return work.get();
    } finally {
      progress.close();
    }
  }

  private Progress(String program, Supplier<String> line) {
    this.program = program;
    this.line = line;
    this.ticks =
        Flux.interval(onTerminal ? LIVE : NOW_AND_THEN, Schedulers.boundedElastic())
            .onBackpressureDrop()
            .subscribe(tick -> show());
  }

  private synchronized void show() {
    if (closed) {
      return;
    }
    String now = line.get();
    if (onTerminal) {
      System.err.print(ERASE_LINE + program + ": " + now);
    } else if (!now.equals(shown)) {
      Program.say(program, now);
    }
    shown = now;
  }

  /** Shows nothing more, and leaves the line free. */
  private synchronized void close() {
    closed = true;
    ticks.dispose();
    if (onTerminal) {
      System.err.print(ERASE_LINE);
    }
  }
}
