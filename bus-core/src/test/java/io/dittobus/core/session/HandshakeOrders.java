// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.options.Metadata;
import io.dittobus.api.options.ReliabilityMode;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameReader;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.dittobus.core.frame.Ready;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A handshake and a peer that says anything in any order, with one plain model of what may come of
 * it: READY after HELLO with the right key, AUTH with a right proof, a yes of the owner and READY,
 * in this order, and after nothing else; and nothing is told too early. A seed replays.
 */
public final class HandshakeOrders {

  private static final NetworkSecret SECRET =
      NetworkSecret.of("a secret of the tests".getBytes(StandardCharsets.US_ASCII));
  private static final NetworkSecret OTHER =
      NetworkSecret.of("another one of theirs".getBytes(StandardCharsets.US_ASCII));
  private static final int STEPS = 12;
  private static final int AUTH = 2;
  private static final int READY = 3;
  private static final int REJECT = 4;

  private final Random random;
  private final boolean dialler;
  private final boolean ownLarger;
  private final Hello own;
  private final PeerKey peer;
  private final @Nullable PeerKey dialled;
  private final Hello hello;
  private final Handshake handshake;
  private final FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT);
  private final StringBuilder story = new StringBuilder();

  private Handshake.State phase = Handshake.State.GREETING;
  private boolean readyCame;
  private boolean ownAuth;
  private boolean ownReady;

  private HandshakeOrders(long seed) {
    random = new Random(seed * 0x9E3779B97F4A7C15L);
    dialler = random.nextBoolean();
    ownLarger = random.nextBoolean();
    own = hello(key(ownLarger ? 9 : 1), random);
    peer = key(5);
    dialled = dialler && random.nextBoolean() ? (random.nextInt(4) > 0 ? peer : key(6)) : null;
    hello = hello(peer, random);
    Credentials credentials = Credentials.of(Admission.networkSecret(SECRET));
    handshake = new Handshake(own, new Introduction(dialler, dialled, peer, credentials), reader);
  }

  private static PeerKey key(int number) {
    byte[] bytes = new byte[PeerKey.LENGTH];
    bytes[0] = (byte) number;
    return PeerKey.of(bytes);
  }

  private static Hello hello(PeerKey key, Random random) {
    byte[] nonce = new byte[Nonce.LENGTH];
    random.nextBytes(nonce);
    return new Hello(1, 1, 0, key, 7, Nonce.of(nonce), 1000, 10, 1, 1024, 256, 1 << 20);
  }

  /** Runs it. */
  public static void run(long seed) {
    HandshakeOrders orders = new HandshakeOrders(seed);
    try {
      orders.run();
    } finally {
      orders.reader.release();
    }
  }

  private void run() {
    for (int i = 0;
        i < STEPS && phase != Handshake.State.READY && phase != Handshake.State.FAILED;
        i++) {
      step();
      look();
    }
  }

  private void step() {
    if (phase == Handshake.State.ADMITTING && random.nextInt(3) == 0) {
      note("admit");
      handshake.admit();
      phase = ownLarger ? Handshake.State.AWAITING_READY : Handshake.State.OFFERING;
      readyIfBoth();
    } else if (phase == Handshake.State.OFFERING && random.nextBoolean()) {
      note("offer");
      handshake.offer(Ready.withoutSession(0));
      phase = Handshake.State.AWAITING_READY;
    } else if (phase == Handshake.State.CONFIRMING && random.nextBoolean()) {
      note("confirm");
      handshake.confirm(new Ready(1, 1, 0, 0, 0));
      phase = Handshake.State.READY;
    } else if (phase != Handshake.State.CONFIRMING) {
      ByteBuf bytes = Unpooled.buffer();
      say(bytes);
      while (bytes.isReadable()) {
        handshake.handleBytes(bytes.readSlice(1 + random.nextInt(bytes.readableBytes())));
      }
    }
  }

  private void readyIfBoth() {
    if (readyCame) {
      phase = ownLarger ? Handshake.State.CONFIRMING : Handshake.State.READY;
    }
  }

  /** Writes something, more often than not what is due, and knows what has to come of it. */
  private void say(ByteBuf out) {
    if (random.nextInt(5) < 3) {
      sayWhatIsDue(out);
      return;
    }
    switch (random.nextInt(7)) {
      case 0 -> sayHello(out, hello(key(4), random));
      case 1 -> sayHello(out, hello);
      case 2 -> sayAuth(out);
      case 3 -> sayReady(out, random.nextInt(2));
      case 4 -> {
        note("OPEN");
        phase = Handshake.State.FAILED;
        FrameWriter.open(out, 1, 2, ReliabilityMode.RELIABLE, 0, 0, "x", Metadata.empty(), null);
      }
      case 5 -> {
        note("REJECT");
        phase = Handshake.State.FAILED;
        FrameWriter.reject(out, EndCause.local(EndCause.Kind.LIMIT, "full"));
      }
      default -> {
        note("something optional");
        out.writeMedium(3).writeByte(0x80).writeMedium(7);
      }
    }
  }

  private void sayWhatIsDue(ByteBuf out) {
    switch (phase) {
      case GREETING -> sayHello(out, hello);
      case PROVING -> sayAuth(out);
      default -> sayReady(out, 1);
    }
  }

  private void sayHello(ByteBuf out, Hello said) {
    note("HELLO of " + said.key().toString().substring(0, 2));
    boolean right = said.key().equals(peer) && (dialled == null || dialled.equals(peer));
    phase =
        phase == Handshake.State.GREETING && right
            ? Handshake.State.PROVING
            : Handshake.State.FAILED;
    FrameWriter.hello(out, said);
  }

  private void sayAuth(ByteBuf out) {
    boolean right = random.nextBoolean();
    byte[] proof = right ? Credentials.proof(SECRET, hello, own, !dialler) : wrongProof();
    note(right ? "AUTH, right" : "AUTH, wrong");
    phase =
        phase == Handshake.State.PROVING && right
            ? Handshake.State.ADMITTING
            : Handshake.State.FAILED;
    boolean none = !right && random.nextInt(4) == 0;
    FrameWriter.auth(out, none ? Auth.none() : new Auth(Auth.SECRETS, List.of(proof)));
  }

  private byte[] wrongProof() {
    return switch (random.nextInt(6)) {
      case 0 -> Credentials.proof(OTHER, hello, own, !dialler);
      case 1 -> Credentials.proof(SECRET, hello, own, dialler);
      case 2 -> Credentials.proof(SECRET, own, hello, dialler);
      case 3 -> Credentials.proof(SECRET, hello, hello(own.key(), random), !dialler);
      case 4 -> Credentials.proof(SECRET, hello(key(7), random), own, !dialler);
      default -> new byte[32];
    };
  }

  private void sayReady(ByteBuf out, int epoch) {
    boolean beyond = random.nextInt(8) == 0;
    Ready said = new Ready(epoch, beyond ? epoch + 1 : epoch, 0, 0, 0);
    note(said.toString());
    FrameWriter.ready(out, said);
    boolean admittedThere = phase == Handshake.State.AWAITING_READY;
    boolean mayCome = admittedThere || phase == Handshake.State.ADMITTING && ownLarger;
    boolean right = !beyond && (ownLarger || epoch > 0);
    if (!mayCome || readyCame || !right) {
      phase = Handshake.State.FAILED;
      return;
    }
    readyCame = true;
    if (admittedThere) {
      readyIfBoth();
    }
  }

  private void note(String what) {
    story.append(story.isEmpty() ? "" : ", ").append(what);
  }

  // What is seen

  private void look() {
    if (handshake.state() != phase) {
      throw broken("it is " + handshake.state() + ", and has to be " + phase);
    }
    ByteBuf out = Unpooled.buffer();
    handshake.pollWrite(out);
    while (out.isReadable()) {
      int length = out.readMedium();
      int type = out.readByte();
      written(type, out.readSlice(length));
    }
  }

  private void written(int type, ByteBuf body) {
    boolean met = phase != Handshake.State.GREETING && phase != Handshake.State.FAILED;
    boolean proven = met && phase != Handshake.State.PROVING;
    boolean admitted =
        proven && phase != Handshake.State.ADMITTING && phase != Handshake.State.OFFERING;
    switch (type) {
      case AUTH -> {
        check(!ownAuth && (dialler ? met : proven), "AUTH out of turn");
        ownAuth = true;
      }
      case READY -> {
        boolean due = ownLarger ? phase == Handshake.State.READY : admitted;
        check(!ownReady && ownAuth && due, "READY too early");
        ownReady = true;
      }
      case REJECT -> {
        check(phase == Handshake.State.FAILED, "REJECT without a cause");
        boolean refusal = handshake.failure().kind() == EndCause.Kind.FORBIDDEN;
        check(!refusal || body.getByte(body.writerIndex() - 1) == 0, "REJECT tells why");
      }
      default -> check(type == 1, "a frame of type " + type);
    }
  }

  private void check(boolean holds, String what) {
    if (!holds) {
      throw broken(what);
    }
  }

  private AssertionError broken(String what) {
    return new AssertionError(
        what + "; " + (dialler ? "dialler" : "acceptor") + " heard: " + story);
  }
}
