// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;

/**
 * Who a peer is: an Ed25519 key pair. The public half gives the {@link #address() address}; the
 * private half never leaves this object and is never printed. Immutable and safe for any thread.
 */
public final class PeerIdentity {

  private final KeyPair keyPair;
  private final DittoAddress address;

  private PeerIdentity(KeyPair keyPair) {
    this.keyPair = keyPair;
    this.address = DittoAddress.of(PeerKey.ofX509(keyPair.getPublic().getEncoded()));
  }

  /** A new identity that lives as long as this process keeps it. */
  public static PeerIdentity ephemeral() {
    try {
      return new PeerIdentity(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java platform has no Ed25519", e);
    }
  }

  /**
   * The identity in this file: a PKCS#8 private key in PEM ({@code BEGIN PRIVATE KEY}), as {@link
   * #save} and OpenSSL write it. Blocks.
   *
   * @throws IOException if the file cannot be read, others than its owner may read it, or it holds
   *     no Ed25519 key; the message says which and what to do
   */
  public static PeerIdentity load(Path file) throws IOException {
    return new PeerIdentity(IdentityFile.read(file));
  }

  /**
   * Writes the private key to a new file that only its owner may read or write. Blocks.
   *
   * @throws FileAlreadyExistsException if there is such a file: a key is never overwritten
   * @throws IOException if the file cannot be written
   */
  public void save(Path file) throws IOException {
    IdentityFile.write(file, keyPair.getPrivate());
  }

  /**
   * The identity in this file; if there is none, a new one that is saved there. Blocks.
   *
   * @throws IOException as {@link #load} and {@link #save}
   */
  public static PeerIdentity loadOrCreate(Path file) throws IOException {
    if (!Files.exists(file)) {
      PeerIdentity created = ephemeral();
      try {
        created.save(file);
        return created;
      } catch (FileAlreadyExistsException e) {
        return load(file); // another process was faster
      }
    }
    return load(file);
  }

  /** The address that follows from the public key. */
  public DittoAddress address() {
    return address;
  }

  /** The public key. */
  public PeerKey publicKey() {
    return address.peerKey();
  }

  /** Signs a message with the private key: 64 bytes, RFC 8032. */
  public byte[] sign(byte[] message) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(keyPair.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("The Ed25519 key does not sign", e);
    }
  }

  /** The address only; never the private key. */
  @Override
  public String toString() {
    return "PeerIdentity[" + address + "]";
  }
}
