// SPDX-License-Identifier: Apache-2.0
package io.dittobus.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.PeerIdentity;
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
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who is admitted, and what the others learn. */
class AdmittingTest {

  private static final PeerKey ALICE = PeerIdentity.ephemeral().publicKey();
  private static final PeerKey BOB = PeerIdentity.ephemeral().publicKey();
  private static final NetworkSecret OLD = NetworkSecret.random();
  private static final NetworkSecret NEW = NetworkSecret.random();

  private final Random random = new Random(1);

  private Hello hello(PeerKey key) {
    byte[] nonce = new byte[Nonce.LENGTH];
    random.nextBytes(nonce);
    return new Hello(1, 1, 0, key, 7, Nonce.of(nonce), 1000, 10, 1, 1024, 256, 1 << 20);
  }

  private static Handshake side(
      Hello own, boolean dialler, @Nullable PeerKey proven, Admission admission) {
    Introduction introduction = new Introduction(dialler, null, proven, Credentials.of(admission));
    return new Handshake(own, introduction, new FrameReader(UnpooledByteBufAllocator.DEFAULT));
  }

  private static void talk(Handshake alice, Handshake bob) {
    for (int i = 0; i < 6; i++) {
      pass(alice, bob);
      pass(bob, alice);
    }
  }

  private static void pass(Handshake from, Handshake to) {
    ByteBuf bytes = Unpooled.buffer();
    from.pollWrite(bytes);
    to.handleBytes(bytes);
    for (Handshake side : List.of(from, to)) {
      if (side.state() == Handshake.State.ADMITTING) {
        side.admit();
      }
      if (side.state() == Handshake.State.OFFERING) {
        side.offer(Ready.withoutSession(0));
      }
      if (side.state() == Handshake.State.CONFIRMING) {
        side.confirm(new Ready(1, 1, 0, 0, 0));
      }
    }
  }

  /** Alice dials Bob; each has proven its key. */
  private void assertOutcome(Admission alices, Admission bobs, boolean ready) {
    Handshake alice = side(hello(ALICE), true, BOB, alices);
    Handshake bob = side(hello(BOB), false, ALICE, bobs);
    talk(alice, bob);
    Handshake.State end = ready ? Handshake.State.READY : Handshake.State.FAILED;
    assertThat(alice.state()).isEqualTo(end);
    assertThat(bob.state()).isEqualTo(end);
  }

  @Test
  @DisplayName("HS-9: who knows one of the secrets is admitted, also while they are changed")
  void secrets() {
    Admission old = Admission.networkSecret(OLD);
    Admission both = Admission.networkSecret(NEW, OLD);
    Admission fresh = Admission.networkSecret(NEW);
    for (Admission bobs : List.of(old, both)) {
      assertOutcome(old, bobs, true);
      assertOutcome(bobs, both, true);
    }
    assertOutcome(both, fresh, true);
    assertOutcome(fresh, both, true);
    assertOutcome(old, fresh, false);
    assertOutcome(fresh, old, false);
  }

  @Test
  @DisplayName("HS-8: each side decides by its own choice")
  void mixed() {
    Admission secret = Admission.networkSecret(OLD);
    assertOutcome(Admission.anyone(), Admission.anyone(), true);
    assertOutcome(Admission.allow(BOB), Admission.allow(ALICE), true);
    assertOutcome(Admission.allow(BOB), Admission.allow(BOB), false);
    assertOutcome(Admission.allow(ALICE), Admission.allow(ALICE), false);
    assertOutcome(secret, Admission.allow(ALICE), false);
    assertOutcome(Admission.anyone(), secret, false);
    assertOutcome(secret, Admission.anyone(), false);
  }

  @Test
  @DisplayName("HS-6: who is refused learns that it is, and nothing else; the log says why")
  void refusedLearnsNothing() {
    Handshake alice = side(hello(ALICE), true, BOB, Admission.networkSecret(OLD));
    Handshake bob = side(hello(BOB), false, ALICE, Admission.networkSecret(NEW));
    talk(alice, bob);
    assertThat(bob.failure().text()).contains("does not know the network secret");
    assertThat(alice.failure().kind()).isEqualTo(EndCause.Kind.FORBIDDEN);
    assertThat(alice.failure().text()).isEmpty();
    assertThat(alice.failure().local()).isFalse();
  }

  @Test
  @DisplayName("HS-4: the key in HELLO is the one that was proven, and there is one")
  void provenKey() {
    PeerKey other = PeerIdentity.ephemeral().publicKey();
    Handshake impostor = side(hello(ALICE), true, BOB, Admission.anyone());
    Handshake bob = side(hello(BOB), false, other, Admission.anyone());
    talk(impostor, bob);
    assertThat(bob.failure().text()).contains("another key than was proven");
    Handshake unproven = side(hello(BOB), false, null, Admission.anyone());
    talk(side(hello(ALICE), true, BOB, Admission.anyone()), unproven);
    assertThat(unproven.failure().text()).contains("proves no key");
  }

  private static ByteBuf auth(byte[]... proofs) {
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.auth(bytes, new Auth(Auth.SECRETS, List.of(proofs)));
    return bytes;
  }

  private static ByteBuf greeting(Hello hello) {
    ByteBuf bytes = Unpooled.buffer();
    FrameWriter.hello(bytes, hello);
    return bytes;
  }

  @Test
  @DisplayName("HS-9: a proof of another handshake, another peer, the other role, or one's own")
  void proofsFromElsewhere() {
    Admission secret = Admission.networkSecret(OLD);
    PeerKey carol = PeerIdentity.ephemeral().publicKey();
    Hello alice = hello(ALICE);
    Hello bob = hello(BOB);
    byte[][] bad = {
      Credentials.proof(OLD, hello(ALICE), bob, true), // replayed: Alice's nonce is another now
      Credentials.proof(OLD, alice, hello(BOB), true), // made for another of Bob's
      Credentials.proof(OLD, alice, bob, false), // in the other role
      Credentials.proof(OLD, bob, alice, false), // Bob's own, reflected
      Credentials.proof(OLD, bob, alice, true),
      Credentials.proof(OLD, hello(carol), bob, true), // somebody else's
      Credentials.proof(NEW, alice, bob, true), // of another network
      {},
      new byte[32]
    };
    for (byte[] proof : bad) {
      Handshake side = side(bob, false, ALICE, secret);
      side.handleBytes(greeting(alice));
      side.handleBytes(auth(proof));
      assertThat(side.state()).isEqualTo(Handshake.State.FAILED);
    }
    Handshake side = side(bob, false, ALICE, secret);
    side.handleBytes(greeting(alice));
    side.handleBytes(auth(bad[0], Credentials.proof(OLD, alice, bob, true)));
    assertThat(side.state()).isEqualTo(Handshake.State.ADMITTING);
  }

  @Test
  @DisplayName("HS-9: the one who was dialled proves nothing before the other has")
  void diallerShowsFirst() {
    Admission secret = Admission.networkSecret(OLD);
    Handshake bob = side(hello(BOB), false, ALICE, secret);
    ByteBuf out = Unpooled.buffer();
    bob.pollWrite(out);
    out.clear();
    Hello alice = hello(ALICE);
    bob.handleBytes(greeting(alice));
    bob.pollWrite(out);
    assertThat(out.isReadable()).isFalse();
    bob.handleBytes(auth(new byte[32]));
    bob.pollWrite(out);
    ByteBuf reject = Unpooled.buffer();
    FrameWriter.reject(reject, EndCause.local(EndCause.Kind.FORBIDDEN, ""));
    assertThat(out).isEqualTo(reject);
  }
}
