// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.tck;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.tck.SubscriberBlackboxVerification;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.Test;

/** What {@code send} subscribes with is a Subscriber by the book. */
@Test
public class SendTckTest extends SubscriberBlackboxVerification<byte[]> {

  private MemoryStreams streams;

  public SendTckTest() {
    super(ReceiveTckTest.environment());
  }

  @BeforeClass
  public void start() {
    streams = new MemoryStreams();
  }

  @AfterClass(alwaysRun = true)
  public void stop() {
    streams.close();
  }

  /** The other side asks for everything: then the subscriber does, little by little. */
  @Override
  public Subscriber<byte[]> createSubscriber() {
    MemoryStreams.Ends ends = streams.open();
    ends.there().receive().onErrorComplete().subscribe();
    AtomicReference<@Nullable Subscriber<? super byte[]>> subscriber = new AtomicReference<>();
    ends.here().send(subscriber::set).onErrorComplete().subscribe();
    @SuppressWarnings("unchecked") // it takes arrays
    Subscriber<byte[]> taken = (Subscriber<byte[]>) Objects.requireNonNull(subscriber.get());
    return taken;
  }

  @Override
  public byte[] createElement(int element) {
    return new byte[element];
  }
}
