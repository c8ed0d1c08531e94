// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo.receiver;

import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.reactor.ReactorStream;
import io.dittobus.reactor.codec.Codecs;
import io.dittobus.reactor.inbound.ReceivedMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** The receiver of the last phase: streams of all modes, and single messages, with one stall. */
final class ModesReceiver {

  /** Messages of a stream that are asked for ahead. */
  private static final int AHEAD = 8;

  private final Stall stall;
  private final AtomicLong singles = new AtomicLong();

  ModesReceiver(Duration third) {
    this.stall = new Stall(third);
  }

  /** Takes what comes for the labels of this phase. */
  void serve(ReactorBus bus) {
    for (ReliabilityMode mode : ReliabilityMode.values()) {
      bus.streams(Settings.modeLabel(mode)).handle(this::receive).subscribe();
    }
    bus.messages(Settings.SINGLES_LABEL)
        .handle(
            message -> {
              singles.incrementAndGet();
              return stall.pass();
            })
        .subscribe();
  }

  private Publisher<?> receive(ReactorStream stream) {
    if (stream.reliability().isReliable()) { // which tells the sender how it goes
      stall.tell(() -> say(stream, Settings.STALLED), () -> say(stream, Settings.GOES_ON));
    }
    Sequences sequences = new Sequences();
    return stream
        .receive()
        .messages()
        .doOnNext(sequences::accept)
        .concatMap(message -> stall.pass(), AHEAD)
        .then(Mono.defer(() -> report(stream, sequences)));
  }

  private static void say(ReactorStream stream, String line) {
    stream.sink().tryEmitNext(line.getBytes(StandardCharsets.UTF_8));
  }

  private Mono<Void> report(ReactorStream stream, Sequences sequences) {
    return stream
        .counts()
        .map(
            counts ->
                new ModeFindings(
                    counts.delivered(),
                    sequences.last,
                    sequences.backwards,
                    sequences.gaps,
                    counts.remoteDropped().total(),
                    stream.reliability().isReliable() ? singles.get() : 0))
        // The sender has asked for all, so that nothing of this is dropped in any mode.
        .flatMap(
            findings ->
                stream.sendAndComplete(
                    Mono.just(Settings.REPORT + findings.toText()), Codecs.string()));
  }

  /** What the sequences of a stream's messages show. One thread at a time. */
  private static final class Sequences {
    private long last;
    private long backwards;
    private long gaps;

    void accept(ReceivedMessage message) {
      long sequence = message.sequence();
      if (sequence <= last) {
        backwards++;
      } else if (sequence > last + 1) {
        gaps++;
      }
      last = Math.max(last, sequence);
    }
  }
}
