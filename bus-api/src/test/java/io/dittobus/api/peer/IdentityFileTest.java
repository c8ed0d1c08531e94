// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityFileTest {

  /** Written by OpenSSL 3 (genpkey -algorithm ed25519), with the public key that it tells. */
  private static final String OPENSSL_KEY =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
      -----END PRIVATE KEY-----
      """;

  private static final String OPENSSL_PUBLIC_KEY =
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

  @TempDir private Path directory;

  private Path file(String content, String permissions) throws IOException {
    Path file = directory.resolve("identity.pem");
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  @Test
  @DisplayName("a saved identity is loaded as the same, and only its owner may read it")
  void savedAndLoaded() throws IOException {
    for (int i = 0; i < 20; i++) {
      PeerIdentity identity = PeerIdentity.ephemeral();
      Path file = directory.resolve(i + ".pem");
      identity.save(file);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      PeerIdentity loaded = PeerIdentity.load(file);
      assertThat(loaded.publicKey()).isEqualTo(identity.publicKey());
      byte[] message = {1, 2, 3};
      assertThat(identity.publicKey().verifies(message, loaded.sign(message))).isTrue();
    }
  }

  @Test
  @DisplayName("what OpenSSL wrote is loaded: the key of RFC 8032, 7.1, test 1")
  void openSsl() throws IOException {
    PeerIdentity identity = PeerIdentity.load(file(OPENSSL_KEY, "rw-------"));
    assertThat(identity.publicKey()).isEqualTo(PeerKey.parse(OPENSSL_PUBLIC_KEY));
  }

  @Test
  @DisplayName("an existing file is never overwritten")
  void neverOverwritten() throws IOException {
    Path file = file("something else", "rw-------");
    PeerIdentity identity = PeerIdentity.ephemeral();
    assertThatThrownBy(() -> identity.save(file)).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(Files.readString(file)).isEqualTo("something else");
    assertThat(directory)
        .isDirectoryContaining(file::equals)
        .isDirectoryNotContaining("glob:**new");
  }

  @Test
  @DisplayName("whoever makes it first: all who come at once get the one identity, whole")
  void manyAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 30; round++) {
        Path file = directory.resolve(round + ".pem");
        CyclicBarrier start = new CyclicBarrier(8);
        List<Future<PeerKey>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          all.add(
              threads.submit(
                  () -> {
                    start.await();
                    return PeerIdentity.loadOrCreate(file).publicKey();
                  }));
        }
        for (Future<PeerKey> each : all) {
          assertThat(each.get()).isEqualTo(PeerIdentity.load(file).publicKey());
        }
      }
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files).hasSize(30);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @DisplayName("a key that its owner may not read is refused, with what to do")
  void nobodyMayRead() throws IOException {
    for (String permissions : List.of("---------", "-w-------")) {
      Path file = file(OPENSSL_KEY, permissions);
      assertThatThrownBy(() -> PeerIdentity.load(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("its owner may not read")
          .hasMessageContaining("chmod 600 " + file);
      Files.delete(file);
    }
  }

  @Test
  @DisplayName("where there is no directory, there is no file, and it is said which")
  void noDirectory() {
    Path file = directory.resolve("nowhere").resolve("identity.pem");
    assertThatThrownBy(() -> PeerIdentity.ephemeral().save(file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  @DisplayName("loadOrCreate makes a key once")
  void loadOrCreate() throws IOException {
    Path file = directory.resolve("new.pem");
    PeerIdentity first = PeerIdentity.loadOrCreate(file);
    assertThat(PeerIdentity.loadOrCreate(file).publicKey()).isEqualTo(first.publicKey());
  }

  @Test
  @DisplayName("a key that others may read is refused, with what to do")
  void othersMayRead() throws IOException {
    Path file = file(OPENSSL_KEY, "rw-r-----");
    assertThatThrownBy(() -> PeerIdentity.load(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("chmod 600 " + file);
  }

  @Test
  @DisplayName("a file without an Ed25519 key is refused, without a word of what it holds")
  void noKey() throws IOException {
    String ecKey =
        Base64.getEncoder()
            .encodeToString("not a key at all, secret".getBytes(StandardCharsets.UTF_8));
    for (String content :
        new String[] {
          "",
          "hello",
          OPENSSL_KEY.replace("PRIVATE", "PUBLIC"),
          OPENSSL_KEY.replace("MC4CAQAwBQYDK2VwBCIEI", "MC4CAQAwBQYDK2VwBCIE"),
          "-----BEGIN PRIVATE KEY-----\n" + ecKey + "\n-----END PRIVATE KEY-----",
          "-----END PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----"
        }) {
      Path file = file(content, "rw-------");
      assertThatThrownBy(() -> PeerIdentity.load(file))
          .as(content)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString())
          .hasMessageNotContaining("nWGxne");
    }
  }
}
