// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.tck;

import io.dittobus.reactor.inbound.InboundFlux;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

/**
 * {@code receive()} is a Publisher by the book. What the TCK skips of itself are rules that it
 * cannot check, and those on several subscribers: a stream has one.
 */
@Test
public class ReceiveTckTest extends PublisherVerification<byte[]> {

  /** How long a signal is waited for: only a failure takes that long. */
  static final long PATIENCE_MILLIS = 10_000;

  /** How long nothing must happen where nothing may. */
  static final long SILENCE_MILLIS = 50;

  private static final long POLL_MILLIS = 5;

  /** How long the TCK sleeps between a cancel and looking for what it left behind. */
  private static final long COLLECTED_WITHIN_MILLIS = 1_000;

  private MemoryStreams streams;

  public ReceiveTckTest() {
    super(environment(), COLLECTED_WITHIN_MILLIS);
  }

  static TestEnvironment environment() {
    return new TestEnvironment(PATIENCE_MILLIS, SILENCE_MILLIS, POLL_MILLIS);
  }

  @BeforeClass
  public void start() {
    streams = new MemoryStreams();
  }

  @AfterClass(alwaysRun = true)
  public void stop() {
    streams.close();
  }

  /** The way it is received. */
  Flux<byte[]> view(InboundFlux flux) {
    return flux.asByteArray();
  }

  @Override
  public Publisher<byte[]> createPublisher(long elements) {
    MemoryStreams.Ends ends = streams.open();
    Flux<byte[]> endless = Flux.generate(sink -> sink.next(new byte[1]));
    ends.here().sendAndComplete(endless.take(elements)).onErrorComplete().subscribe();
    return view(ends.there().receive());
  }

  @Override
  public Publisher<byte[]> createFailedPublisher() {
    MemoryStreams.Ends ends = streams.open();
    ends.here().sink().tryEmitError(1, "failed before anybody subscribed");
    return view(ends.there().receive());
  }
}
