// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.FrameType;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.dittobus.core.frame.Ready;
import io.dittobus.core.frame.Varint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final FrameReader smallReader = new FrameReader(allocator);
  private final FrameReader largeReader = new FrameReader(allocator);
  private final Handshake small = handshake(hello(1, 1, 1), true, null, smallReader);
  private final Handshake large = handshake(hello(2, 1, 1), false, null, largeReader);

  @AfterEach
  void nothingIsLeft() {
    smallReader.release();
    largeReader.release();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  private static PeerKey key(int number) {
    byte[] bytes = new byte[PeerKey.LENGTH];
    bytes[0] = (byte) number;
    return PeerKey.of(bytes);
  }

  private static Hello hello(int key, int minVersion, int maxVersion) {
    Nonce nonce = Nonce.of(new byte[Nonce.LENGTH]);
    return new Hello(
        minVersion, maxVersion, 0, key(key), 7, nonce, 1000, 10, 1, 16 * 1024, 256, 1 << 20);
  }

  private static Handshake handshake(
      Hello own, boolean dialler, @Nullable PeerKey dialled, FrameReader reader) {
    Credentials credentials = Credentials.of(Admission.insecure());
    return new Handshake(own, new Introduction(dialler, dialled, null, credentials), reader);
  }

  private static void exchange(Handshake from, Handshake to, @Nullable Random splits) {
    ByteBuf bytes = Unpooled.buffer();
    from.pollWrite(bytes);
    while (bytes.isReadable()) {
      int part = splits == null ? bytes.readableBytes() : 1 + splits.nextInt(bytes.readableBytes());
      to.handleBytes(bytes.readSlice(part));
    }
  }

  private static void decide(Handshake handshake) {
    if (handshake.state() == Handshake.State.ADMITTING) {
      handshake.admit();
    }
    if (handshake.state() == Handshake.State.OFFERING) {
      handshake.offer(Ready.withoutSession(0));
    }
    if (handshake.state() == Handshake.State.CONFIRMING) {
      handshake.confirm(new Ready(1, 1, 0, 0, 0));
    }
  }

  @Test
  @DisplayName("HS-1 HS-5: both come to READY, in any order and split, the larger key last")
  void ready() {
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed * 0x9E3779B97F4A7C15L);
      boolean oneDials = random.nextBoolean();
      Handshake one = handshake(hello(1, 1, 3), oneDials, null, smallReader);
      Handshake two = handshake(hello(2, 1, 1), !oneDials, null, largeReader);
      for (int i = 0; i < 40; i++) {
        switch (random.nextInt(4)) {
          case 0 -> exchange(one, two, random);
          case 1 -> exchange(two, one, random);
          case 2 -> decide(one);
          default -> decide(two);
        }
        if (one.state() == Handshake.State.READY) {
          assertThat(two.state()).as("seed %d", seed).isEqualTo(Handshake.State.READY);
        }
      }
      for (int i = 0; i < 4; i++) {
        decide(one);
        decide(two);
        exchange(one, two, random);
        exchange(two, one, random);
      }
      assertThat(one.state()).as("seed %d", seed).isEqualTo(Handshake.State.READY);
      assertThat(two.state()).as("seed %d", seed).isEqualTo(Handshake.State.READY);
      assertThat(one.remoteReady().session()).isEqualTo(1);
      assertThat(two.remoteReady()).isEqualTo(Ready.withoutSession(0));
    }
  }

  @Test
  @DisplayName("HS-6: a rejection reaches the other side with its cause, escaped")
  void reject() {
    exchange(small, large, null);
    large.reject(EndCause.local(EndCause.Kind.LIMIT, "not\nyou"));
    exchange(large, small, null);
    assertThat(small.state()).isEqualTo(Handshake.State.FAILED);
    assertThat(small.failure().kind()).isEqualTo(EndCause.Kind.LIMIT);
    assertThat(small.failure().local()).isFalse();
    assertThat(small.failure().text()).doesNotContain("\n").startsWith("not");
  }

  @Test
  @DisplayName("HS-3: no common version is said by both numbers")
  void version() {
    Handshake future = handshake(hello(2, 2, 9), false, null, largeReader);
    exchange(future, small, null);
    assertThat(small.state()).isEqualTo(Handshake.State.FAILED);
    assertThat(small.failure().text()).contains("speaks 1").contains("2 to 9");
  }

  @Test
  @DisplayName("HS-4: a peer does not talk to itself, nor to another than was dialled")
  void wrongPeer() {
    Handshake mirror = handshake(hello(1, 1, 1), false, null, largeReader);
    exchange(mirror, small, null);
    assertThat(small.failure().text()).contains("same peer");
    Handshake dialler = handshake(hello(1, 1, 1), true, key(3), smallReader);
    exchange(large, dialler, null);
    assertThat(dialler.failure().text()).contains("another peer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET / HTTP/1.1\r\n\r\n", "POST /x HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n"})
  @DisplayName("HS-2: what is not HELLO fails with a line that says what it looks like")
  void http(String request) {
    small.handleBytes(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    assertThat(small.state()).isEqualTo(Handshake.State.FAILED);
    assertThat(small.failure().text()).contains("not the DittoBus protocol").contains("HTTP");
  }

  @Test
  void tls() {
    small.handleBytes(Unpooled.wrappedBuffer(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc}));
    assertThat(small.failure().text()).contains("TLS");
  }

  @Test
  @DisplayName(
      "HS-2: random bytes fail the handshake, or are no whole frame yet; nothing is thrown")
  void randomBytesFailOrWaitAndNeverThrow() {
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      FrameReader reader = new FrameReader(allocator);
      Handshake handshake = handshake(hello(1, 1, 1), true, null, reader);
      handshake.handleBytes(Unpooled.wrappedBuffer(bytes));
      assertThat(handshake.state())
          .as("seed %d", seed)
          .isIn(Handshake.State.GREETING, Handshake.State.FAILED);
      reader.release();
    }
  }

  @Test
  @DisplayName("HS-6: half a HELLO is waited for until the time is up")
  void halfHello() {
    ByteBuf bytes = Unpooled.buffer();
    large.pollWrite(bytes);
    small.handleBytes(bytes.readSlice(bytes.readableBytes() / 2));
    assertThat(small.state()).isEqualTo(Handshake.State.GREETING);
    small.timedOut();
    assertThat(small.state()).isEqualTo(Handshake.State.FAILED);
    assertThat(small.failure().kind()).isEqualTo(EndCause.Kind.TIMED_OUT);
    assertThat(small.failure().text()).contains("no HELLO");
  }

  @Test
  @DisplayName("HS-7: nothing else is allowed before READY")
  void frameBeforeReady() {
    exchange(large, small, null);
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.open(bytes, 1, 2, ReliabilityMode.RELIABLE, 0, 0, "x", Metadata.empty(), null);
    small.handleBytes(bytes);
    assertThat(small.failure().text()).contains("OPEN before READY");
  }

  @Test
  @DisplayName("HS-7: a second HELLO fails the handshake")
  void secondHello() {
    exchange(large, small, null);
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.hello(bytes, hello(2, 1, 1));
    small.handleBytes(bytes);
    assertThat(small.failure().text()).contains("second HELLO");
  }

  @Test
  @DisplayName("HS-7: READY from the larger key before this side wrote its own fails the handshake")
  void readyTooEarlyFromTheLargerKey() {
    exchange(large, small, null);
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.ready(bytes, new Ready(1, 1, 0, 0, 0));
    small.handleBytes(bytes);
    assertThat(small.state()).isEqualTo(Handshake.State.FAILED);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 1152921504606846977, 0, 0",
    "true, 5, 6, 0",
    "true, 5, 5, 6",
    "false, 1152921504606846977, 1, 0",
    "false, 4611686018427387903, 4611686018427387903, 0",
    "false, 5, 0, 0",
    "false, 5, 6, 0",
    "false, 3, 3, 0",
    "false, 2, 1, 0"
  })
  @DisplayName("HS-7: a READY that cannot be true fails the handshake, at either side")
  void impossibleReady(boolean toTheLarger, long epoch, long session, long link) {
    exchange(large, small, null);
    exchange(small, large, null);
    exchange(large, small, null);
    small.admit();
    small.offer(Ready.withoutSession(3));
    large.admit();
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.ready(bytes, new Ready(epoch, session, 0, link, 0));
    Handshake to = toTheLarger ? large : small;
    to.handleBytes(bytes);
    assertThat(to.state()).isEqualTo(Handshake.State.FAILED);
    assertThat(to.failure().text()).contains("READY");
  }

  @Test
  @DisplayName("HS-5: what stands behind READY is for the session")
  void bytesBehindReadyAreLeftForTheSession() {
    exchange(large, small, null);
    exchange(small, large, null);
    exchange(large, small, null);
    small.admit();
    small.offer(Ready.withoutSession(0));
    large.admit();
    exchange(small, large, null);
    large.confirm(new Ready(1, 1, 0, 0, 0));
    ByteBuf bytes = Unpooled.buffer();
    large.pollWrite(bytes);
    FrameWriter.ping(bytes, 5);
    small.handleBytes(bytes);
    assertThat(small.state()).isEqualTo(Handshake.State.READY);
    assertThat(bytes.isReadable()).isTrue();
  }

  @Test
  @DisplayName("HS-2 HS-3: features, versions and fields of a later version are passed over")
  void laterVersion() {
    Nonce nonce = Nonce.of(new byte[Nonce.LENGTH]);
    Hello hello =
        new Hello(1, 255, Varint.MAX, key(2), 7, nonce, 1000, 10, 1, 16 * 1024, 256, 1 << 20);
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.hello(bytes, hello);
    bytes.writeBytes("what version 2 adds".getBytes(StandardCharsets.UTF_8));
    bytes.setMedium(0, bytes.readableBytes() - FrameType.HEAD_BYTES);
    FrameWriter.auth(bytes, Auth.none());
    small.handleBytes(bytes);
    assertThat(small.state()).isEqualTo(Handshake.State.ADMITTING);
    assertThat(small.remote()).isEqualTo(hello);
    assertThat(bytes.isReadable()).isFalse();
  }

  @Test
  @DisplayName("HS-2: a HELLO beyond its bound fails the handshake")
  void helloTooLong() {
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.hello(bytes, hello(2, 1, 1));
    bytes.writeZero(FrameType.HEAD_BYTES + Hello.MAX_BYTES + 1 - bytes.readableBytes());
    bytes.setMedium(0, bytes.readableBytes() - FrameType.HEAD_BYTES);
    small.handleBytes(bytes);
    assertThat(small.state()).isEqualTo(Handshake.State.FAILED);
    assertThat(small.failure().text()).contains("HELLO of 1025 bytes; at most 1024");
  }

  @Test
  @DisplayName("WF-4: optional frames of unknown types are skipped before READY too")
  void optionalFramesBeforeReady() {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeMedium(3).writeByte(0x80).writeMedium(7);
    FrameWriter.hello(bytes, hello(2, 1, 1));
    bytes.writeMedium(0).writeByte(0xff);
    FrameWriter.auth(bytes, Auth.none());
    small.handleBytes(bytes);
    assertThat(small.state()).isEqualTo(Handshake.State.ADMITTING);
  }

  @Test
  @DisplayName("HS-6: REJECT may come instead of HELLO, and is not answered")
  void rejectFirst() {
    ByteBuf bytes = Unpooled.buffer();
    small.pollWrite(bytes);
    bytes.clear();
    FrameWriter.reject(bytes, EndCause.local(EndCause.Kind.LIMIT, "full"));
    small.handleBytes(bytes);
    assertThat(small.failure().kind()).isEqualTo(EndCause.Kind.LIMIT);
    bytes.clear();
    small.pollWrite(bytes);
    assertThat(bytes.isReadable()).isFalse();
  }
}
