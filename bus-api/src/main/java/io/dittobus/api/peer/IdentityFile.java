// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import io.dittobus.api.file.OwnerOnlyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/**
 * A private key in a file: PKCS#8 in PEM, for its owner's eyes only. Messages never hold a part of
 * the key.
 */
final class IdentityFile {

  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  /** Far more than such a file has: nothing larger is read. */
  private static final int MAX_BYTES = 16 * 1024;

  private IdentityFile() {}

  static KeyPair read(Path file) throws IOException {
    OwnerOnlyFile.check(file, "a private key");
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is too large for a private key");
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(file + " holds no PKCS#8 private key in PEM (\"" + BEGIN + "\")");
    }
    try {
      byte[] encoded =
          Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end).strip());
      PrivateKey key =
          KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(encoded));
      return withPublicKey((EdECPrivateKey) key);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          file + " holds no Ed25519 key (an identity has one; other kinds are not used)");
    }
  }

  /**
   * Such a file has the private key only. The platform derives the public one when it makes a pair
   * of the bytes that it asks its source of chance for: here they are the private key's.
   */
  private static KeyPair withPublicKey(EdECPrivateKey key) throws GeneralSecurityException {
    byte[] seed = key.getBytes().orElseThrow(() -> new GeneralSecurityException("no key bytes"));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
    generator.initialize(NamedParameterSpec.ED25519, new Given(seed));
    KeyPair pair = generator.generateKeyPair();
    byte[] probe = {1};
    // Against a platform that asks its source in another way.
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(key);
    signature.update(probe);
    if (!PeerKey.ofX509(pair.getPublic().getEncoded()).verifies(probe, signature.sign())) {
      throw new IllegalStateException("This Java platform derives no public Ed25519 key");
    }
    return pair;
  }

  /** Gives the bytes that it was given. */
  private static final class Given extends SecureRandom {
    private final transient byte[] seed;

    Given(byte[] seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }

  static void write(Path file, PrivateKey key) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    OwnerOnlyFile.create(file, BEGIN + "\n" + body + "\n" + END + "\n");
  }
}
