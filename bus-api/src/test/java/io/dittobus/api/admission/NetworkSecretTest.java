// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkSecretTest {

  @Test
  @DisplayName("a secret survives its text and a file, and no two are the same")
  void text(@TempDir Path directory) throws IOException {
    NetworkSecret secret = NetworkSecret.random();
    assertThat(NetworkSecret.parse(" " + secret.reveal() + "\n")).isEqualTo(secret);
    assertThat(NetworkSecret.random()).isNotEqualTo(secret);
    Path file = directory.resolve("secret");
    secret.save(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(NetworkSecret.load(file)).isEqualTo(secret).hasSameHashCodeAs(secret);
    assertThatThrownBy(() -> NetworkSecret.random().save(file))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(NetworkSecret.load(file)).isEqualTo(secret);
  }

  @Test
  @DisplayName("a file that others may read, or its owner may not, is refused, with what to do")
  void permissions(@TempDir Path directory) throws IOException {
    NetworkSecret secret = NetworkSecret.random();
    Path file = directory.resolve("secret");
    secret.save(file);
    for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----", "---------")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
      assertThatThrownBy(() -> NetworkSecret.load(file))
          .as(permissions)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("a network secret: chmod 600 " + file)
          .hasMessageNotContaining(secret.reveal());
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    assertThat(NetworkSecret.load(file)).isEqualTo(secret);
  }

  @Test
  @DisplayName("what is too short, or plainly not random, is refused; and never repeated")
  void refused() {
    String shortOne = Base64.getUrlEncoder().encodeToString(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    for (String text : new String[] {"", "hunter2!", shortOne, "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
      assertThatThrownBy(() -> NetworkSecret.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("NetworkSecret.random()")
          .satisfies(e -> assertThat(text.isEmpty() || !e.getMessage().contains(text)).isTrue())
          .hasNoCause();
    }
  }

  @Test
  @DisplayName("nothing that prints it shows it")
  void neverPrinted() {
    NetworkSecret secret = NetworkSecret.random();
    assertThat(Admission.networkSecret(secret).toString()).doesNotContain(secret.reveal());
    assertThat(secret.toString()).isEqualTo("NetworkSecret[…]");
  }

  @Test
  @DisplayName("a bus has 1 to 8 secrets")
  void number() {
    assertThatThrownBy(Admission::networkSecret).isInstanceOf(IllegalArgumentException.class);
    NetworkSecret[] nine = new NetworkSecret[9];
    Arrays.setAll(nine, i -> NetworkSecret.random());
    assertThatThrownBy(() -> Admission.networkSecret(nine))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
