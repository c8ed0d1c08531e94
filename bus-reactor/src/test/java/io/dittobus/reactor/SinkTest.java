// SPDX-License-Identifier: Apache-2.0
package io.dittobus.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dittobus.api.options.FlowOptions;
import io.dittobus.api.result.BusCompletionReason;
import io.dittobus.api.result.DittoBusException;
import io.dittobus.api.result.ErrorCode;
import io.dittobus.api.result.StreamEnd;
import io.dittobus.reactor.fake.FakeStream;
import io.dittobus.reactor.fake.TaskQueue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks.EmitResult;

/** Emitting one by one: results, ownership, and what becomes of a message. */
class SinkTest {

  private final TaskQueue tasks = new TaskQueue();
  private final FakeStream fake =
      new FakeStream(tasks, FlowOptions.defaults().withMaxQueuedMessages(2));
  private final ReactorStream stream = ReactorStream.of(fake, false);

  @AfterEach
  void theContractWasHeld() {
    tasks.runAll();
    assertThat(fake.violations).isEmpty();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void overflowLeavesTheStreamAndTheBufferAlone() {
    assertThat(stream.sink().tryEmitNext(bytes("a"))).isEqualTo(EmitResult.OK);
    assertThat(stream.sink().tryEmitNext(bytes("b"))).isEqualTo(EmitResult.OK);
    ByteBuf third = Unpooled.copiedBuffer("c", UTF_8);
    assertThat(stream.sink().tryEmitNext(third)).isEqualTo(EmitResult.FAIL_OVERFLOW);
    assertThat(third.refCnt()).isEqualTo(1);
    fake.grant(1);
    fake.write(1);
    assertThat(stream.sink().tryEmitNext(third)).isEqualTo(EmitResult.OK);
    fake.grant(2);
    fake.write(2);
    assertThat(fake.written).hasSize(3);
    assertThat(third.refCnt()).isZero();
  }

  @Test
  void completionThenNothingMore() {
    assertThat(stream.sink().tryEmitNext(bytes("a"))).isEqualTo(EmitResult.OK);
    assertThat(stream.sink().tryEmitComplete()).isEqualTo(EmitResult.OK);
    assertThat(stream.sink().tryEmitComplete()).isEqualTo(EmitResult.FAIL_TERMINATED);
    assertThat(stream.sink().tryEmitError(1, "x")).isEqualTo(EmitResult.FAIL_TERMINATED);
    assertThat(stream.sink().tryEmitNext(bytes("b"))).isEqualTo(EmitResult.FAIL_TERMINATED);
    fake.grant(5);
    fake.write(5);
    fake.remoteAck(5);
    assertThat(fake.outboundEnd().reason()).isEqualTo(BusCompletionReason.COMPLETED);
  }

  @Test
  void errorsCarryCodeAndText() {
    assertThat(stream.sink().tryEmitError(42, "enough")).isEqualTo(EmitResult.OK);
    assertThat(fake.outboundEnd().applicationCode()).isEqualTo(42);
    assertThat(fake.outboundEnd().text()).isEqualTo("enough");
    assertThat(fake.inboundEnd()).isNull();
  }

  @Test
  void aThrowableGivesItsMessageOrItsClass() {
    assertThat(stream.sink().tryEmitError(new IllegalStateException())).isEqualTo(EmitResult.OK);
    assertThat(fake.outboundEnd().text()).isEqualTo("IllegalStateException");
  }

  @Test
  void aRemoteCancelIsReported() {
    fake.remoteCancel();
    assertThat(stream.sink().tryEmitNext(bytes("a"))).isEqualTo(EmitResult.FAIL_CANCELLED);
    tasks.runAll();
    assertThat(stream.sink().tryEmitComplete()).isEqualTo(EmitResult.FAIL_CANCELLED);
    assertThat(code(stream.sink().emitAcked(bytes("a")))).isEqualTo(ErrorCode.STREAM_CANCELLED);
  }

  @Test
  void aMessageThatIsTooLargeThrowsAndTheStreamLivesOn() {
    ByteBuf large = Unpooled.wrappedBuffer(new byte[FakeStream.MAX_MESSAGE_SIZE + 1]);
    assertThatThrownBy(() -> stream.sink().tryEmitNext(large))
        .isInstanceOfSatisfying(
            DittoBusException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE));
    assertThat(large.refCnt()).isEqualTo(1);
    assertThat(stream.sink().tryEmitNext(bytes("a"))).isEqualTo(EmitResult.OK);
    assertThat(code(stream.sink().emitAcked(large))).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
    assertThat(large.refCnt()).isZero();
  }

  @Test
  void emitAckedCompletesWithTheSequenceWhenItWasConsumed() {
    Probe<Long> first = new Probe<>();
    Probe<Long> second = new Probe<>();
    stream.sink().emitAcked(bytes("a")).subscribe(first);
    first.request(1);
    stream.sink().emitAcked(bytes("b")).subscribe(second);
    second.request(1);
    fake.grant(2);
    fake.write(2);
    tasks.runAll();
    assertThat(first.isOver()).isFalse();
    fake.remoteAck(1);
    tasks.runAll();
    assertThat(first.values).containsExactly(1L);
    assertThat(second.isOver()).isFalse();
    fake.remoteAck(1);
    tasks.runAll();
    assertThat(second.values).containsExactly(2L);
  }

  @Test
  void emitAckedActsWhenSubscribedToAndTellsTheFateOfEachMessage() {
    var unused = stream.sink().emitAcked(bytes("never"));
    assertThat(fake.emittedSequence()).isZero();
    List<Probe<Long>> probes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Probe<Long> probe = new Probe<>();
      probes.add(probe);
      stream.sink().emitAcked(bytes("m" + i)).subscribe(probe);
      probe.request(1);
    }
    fake.grant(1);
    fake.write(1);
    fake.cut(BusCompletionReason.PEER_LOST, StreamEnd.Origin.LINK, "");
    tasks.runAll();
    assertThat(probes)
        .extracting(p -> ((DittoBusException) p.error).code())
        .containsExactly(ErrorCode.UNKNOWN, ErrorCode.NOT_SENT, ErrorCode.OVERFLOW);
    assertThat(code(stream.sink().emitAcked(bytes("a")))).isEqualTo(ErrorCode.TERMINATED);
    assertThat(unused).isNotNull();
  }

  private static ErrorCode code(reactor.core.publisher.Mono<Long> mono) {
    Probe<Long> probe = new Probe<>();
    mono.subscribe(probe);
    return ((DittoBusException) probe.error).code();
  }
}
