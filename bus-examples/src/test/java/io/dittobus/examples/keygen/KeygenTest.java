// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.keygen;

import static org.assertj.core.api.Assertions.assertThat;

import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.examples.support.ProcessTest;
import io.dittobus.examples.support.RunningProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeygenTest extends ProcessTest {

  private RunningProgram keygen(String... arguments) throws Exception {
    RunningProgram program = start(Keygen.class, List.of(arguments));
    program.status();
    return program;
  }

  @Test
  void makesSecrets() throws Exception {
    RunningProgram first = keygen("secret");
    assertThat(first.status()).as(first::err).isZero();
    assertThat(NetworkSecret.parse(first.out()))
        .isNotEqualTo(NetworkSecret.parse(keygen("secret").out()));
  }

  @Test
  void writesASecretForItsOwnerOnce() throws Exception {
    Path file = folder.resolve("secret");
    RunningProgram made = keygen("secret", file.toString());
    assertThat(made.status()).as(made::err).isZero();
    assertThat(made.out()).isEmpty();
    NetworkSecret secret = NetworkSecret.load(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    RunningProgram again = keygen("secret", file.toString());
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.err()).contains("exists, and a secret is never overwritten");
    assertThat(NetworkSecret.load(file)).isEqualTo(secret);
  }

  @Test
  void makesAnIdentityOnceAndShowsIt() throws Exception {
    Path file = folder.resolve("identity.pem");
    RunningProgram made = keygen("identity", file.toString());
    assertThat(made.status()).as(made::err).isZero();
    PeerIdentity identity = PeerIdentity.load(file);
    assertThat(made.out()).contains(identity.publicKey().toString(), identity.address().toString());
    assertThat(keygen("show", file.toString()).out()).isEqualTo(made.out());

    RunningProgram again = keygen("identity", file.toString());
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.err()).contains("exists, and a key is never overwritten");
    assertThat(PeerIdentity.load(file).publicKey()).isEqualTo(identity.publicKey());
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    RunningProgram missing = keygen("show", folder.resolve("nothing").toString());
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.err()).startsWith("keygen: there is no file");
    assertThat(keygen().status()).isEqualTo(2);
  }
}
