// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PeerIdentityTest {

  @Test
  @DisplayName("the address is the first 8 bytes of the key's SHA-256, printed unsigned")
  void address() throws Exception {
    for (int i = 0; i < 20; i++) {
      PeerIdentity identity = PeerIdentity.ephemeral();
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(identity.publicKey().toBytes());
      BigInteger site = new BigInteger(1, Arrays.copyOf(hash, 8));
      assertThat(identity.address().siteId()).isEqualTo(site.longValue());
      assertThat(identity.address()).hasToString(site.toString());
      assertThat(identity.address().peerKey()).isEqualTo(identity.publicKey());
    }
  }

  @Test
  @DisplayName("what it signs is verified by its public key, as Ed25519")
  void signs() throws Exception {
    PeerIdentity identity = PeerIdentity.ephemeral();
    byte[] message = "to be signed".getBytes(StandardCharsets.UTF_8);
    byte[] header = HexFormat.of().parseHex("302a300506032b6570032100");
    byte[] encoded = Arrays.copyOf(header, header.length + PeerKey.LENGTH);
    System.arraycopy(identity.publicKey().toBytes(), 0, encoded, header.length, PeerKey.LENGTH);
    PublicKey key =
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    Signature signature = Signature.getInstance("Ed25519");
    signature.initVerify(key);
    signature.update(message);
    byte[] signed = identity.sign(message);
    assertThat(signed).hasSize(64);
    assertThat(signature.verify(signed)).isTrue();
  }

  @Test
  @DisplayName("each is another, and none prints more than its address")
  void distinct() {
    PeerIdentity one = PeerIdentity.ephemeral();
    PeerIdentity two = PeerIdentity.ephemeral();
    assertThat(one.publicKey()).isNotEqualTo(two.publicKey());
    assertThat(one).hasToString("PeerIdentity[" + one.address() + "]");
  }
}
