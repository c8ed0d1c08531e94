// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.admission.Permission;
import io.dittobus.api.options.StreamOptions;
import io.dittobus.api.peer.DittoAddress;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.api.result.StreamException;
import io.dittobus.reactor.ReactorBus;
import io.dittobus.transport.tcp.TcpBus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The code of {@code docs/security.md}, run. */
class SecurityPageTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private ReactorBus alice;
  private ReactorBus bob;

  @AfterEach
  void stop() {
    bob.dispose();
    alice.dispose();
  }

  private Path secretFile() throws Exception {
    Path file = directory.resolve("secret");
    NetworkSecret.random().save(file);
    return file;
  }

  @Test
  void secretAndPermission() throws Exception {
    Path secretFile = secretFile();
    Path identityFile = directory.resolve("identity.pem");
    PeerIdentity friend = PeerIdentity.ephemeral();
    PeerKey friendKey = friend.publicKey();
    // guide: secure
    NetworkSecret secret = NetworkSecret.load(secretFile);
    TcpBus.Builder builder =
        TcpBus.builder()
            .identity(PeerIdentity.loadOrCreate(identityFile))
            .admission(Admission.networkSecret(secret))
            .permission(Permission.byLabel(Map.of("orders/v1", Set.of(friendKey))))
            .listen("127.0.0.1", 0);
    // end
    alice = ReactorBus.start(builder).block(PATIENCE);
    alice.streams("orders/v1").handle(stream -> stream.receive().then()).subscribe();
    alice.streams("other").handle(stream -> stream.receive().then()).subscribe();
    bob =
        ReactorBus.start(
                TcpBus.builder().identity(friend).admission(Admission.networkSecret(secret)))
            .block(PATIENCE);
    PeerKey dialled = alice.address().peerKey();
    // guide: dial-a-key
    Mono<DittoAddress> connected = bob.connect(alice.listenEndpoints().get(0), dialled);
    // end
    DittoAddress peer = connected.block(PATIENCE);
    assertThat(peer).isEqualTo(PeerIdentity.load(identityFile).address());
    bob.openStream(peer, StreamOptions.reliable("orders/v1")).block(PATIENCE);
    StepVerifier.create(bob.openStream(peer, StreamOptions.reliable("other")))
        .expectError(StreamException.class)
        .verify(PATIENCE);
  }
}
