// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
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
import java.util.EnumSet;
import java.util.Set;

/**
 * A private key in a file: PKCS#8 in PEM, for its owner's eyes only. Messages never hold a part of
 * the key.
 */
final class IdentityFile {

  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  /** Far more than such a file has: nothing larger is read. */
  private static final int MAX_BYTES = 16 * 1024;

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private IdentityFile() {}

  static KeyPair read(Path file) throws IOException {
    checkOwnerOnly(file);
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

  private static void checkOwnerOnly(Path file) throws IOException {
    if (!isPosix(file)) {
      return;
    }
    Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
    others.removeAll(PosixFilePermissions.fromString("rwx------"));
    if (!others.isEmpty()) {
      throw new IOException(
          "others than its owner have access to "
              + file
              + ", which holds a private key: chmod 600 "
              + file
              + ", and make a new key if one of them may have read it");
    }
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  static void write(Path file, PrivateKey key) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    ByteBuffer pem = StandardCharsets.US_ASCII.encode(BEGIN + "\n" + body + "\n" + END + "\n");
    // With its permissions from the first moment on, and never in place of another.
    FileAttribute<?>[] attributes =
        isPosix(file)
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
            : new FileAttribute<?>[0];
    Set<StandardOpenOption> options =
        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (SeekableByteChannel out = Files.newByteChannel(file, options, attributes)) {
      while (pem.hasRemaining()) {
        int unused = out.write(pem);
      }
    }
    // On a file system without owners its user has to choose the place.
    if (isPosix(file) && !Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
      throw new FileSystemException(file.toString(), null, "cannot be kept from others");
    }
  }
}
