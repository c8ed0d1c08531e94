// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor.tck;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.reactivestreams.tck.SubscriberWhiteboxVerification;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.Test;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;

/**
 * The same subscriber, seen from within: it asks for more when the other side of the stream does,
 * and cancels when the one who waits for {@code send} does. What is skipped are the rules that the
 * TCK itself does not test ({@code untested_…}).
 */
@Test
public class SendWhiteboxTckTest extends SubscriberWhiteboxVerification<byte[]> {

  private MemoryStreams streams;

  public SendWhiteboxTckTest() {
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

  @Override
  public Subscriber<byte[]> createSubscriber(WhiteboxSubscriberProbe<byte[]> probe) {
    MemoryStreams.Ends ends = streams.open();
    BaseSubscriber<ByteBuf> remote =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {} // asks when it is told to

          @Override
          protected void hookOnError(Throwable error) {} // the sender was cancelled
        };
    ends.there().receive().subscribe(remote);
    AtomicReference<@Nullable Subscriber<? super byte[]>> subscriber = new AtomicReference<>();
    Disposable waiting = ends.here().send(subscriber::set).onErrorComplete().subscribe();
    Subscriber<? super byte[]> sender = Objects.requireNonNull(subscriber.get());
    return new Subscriber<>() {
      @Override
      public void onSubscribe(Subscription subscription) {
        sender.onSubscribe(subscription);
        probe.registerOnSubscribe(
            new SubscriberPuppet() {
              @Override
              public void triggerRequest(long elements) {
                remote.request(elements);
              }

              @Override
              public void signalCancel() {
                waiting.dispose();
              }
            });
      }

      @Override
      public void onNext(byte[] element) {
        sender.onNext(element);
        probe.registerOnNext(element);
      }

      @Override
      public void onError(Throwable cause) {
        sender.onError(cause);
        probe.registerOnError(cause);
      }

      @Override
      public void onComplete() {
        sender.onComplete();
        probe.registerOnComplete();
      }
    };
  }

  @Override
  public byte[] createElement(int element) {
    return new byte[element];
  }
}
