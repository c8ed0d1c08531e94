// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.keygen;

import io.dittobus.api.admission.NetworkSecret;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.examples.support.Program;
import io.dittobus.examples.support.ProgramFailure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The program {@code keygen}. */
@Command(
    name = Keygen.NAME,
    description = {"Makes network secrets and identities for DittoBus, and shows identities.", ""},
    mixinStandardHelpOptions = true,
    version = "keygen 0.1.0-SNAPSHOT",
    footer = {
      "",
      "  ./keygen secret secret           a new network secret, for all peers of a network",
      "  ./keygen identity identity.pem   a new identity, for one peer",
      "  ./keygen show identity.pem       its site id and public key",
      "",
      "Files are written for their owner only, and none that exists is overwritten.",
      "Status: 0 done; 1 something went wrong; 2 the command line is wrong."
    })
public final class Keygen implements Runnable {

  static final String NAME = "keygen";

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Runs the program, and ends the process with its status. */
  public static void main(String[] arguments) {
    System.exit(Program.run(new Keygen(), arguments));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: 'secret', 'identity' or 'show'");
  }

  @Command(
      name = "secret",
      description = "Makes a new network secret: 256 random bits.",
      mixinStandardHelpOptions = true)
  void secret(
      @Parameters(
              paramLabel = "FILE",
              arity = "0..1",
              description = "Where to write it; without it, it is printed.")
          @Nullable Path file) {
    NetworkSecret secret = NetworkSecret.random();
    if (file == null) {
      spec.commandLine().getOut().println(secret.reveal());
    } else {
      write(file, "a secret", secret::save);
    }
  }

  @Command(
      name = "identity",
      description = "Makes a new identity, and prints its site id and public key.",
      mixinStandardHelpOptions = true)
  void identity(
      @Parameters(
              paramLabel = "FILE",
              description = "Where to write the private key (PKCS#8, PEM).")
          Path file) {
    PeerIdentity identity = PeerIdentity.ephemeral();
    write(file, "a key", identity::save);
    print(identity);
  }

  /** What writes itself to a file. */
  @FunctionalInterface
  private interface Saving {
    void save(Path file) throws IOException;
  }

  private static void write(Path file, String what, Saving saving) {
    try {
      saving.save(file);
    } catch (FileAlreadyExistsException e) {
      throw new ProgramFailure(file + " exists, and " + what + " is never overwritten", e);
    } catch (NoSuchFileException e) {
      throw new ProgramFailure("there is no directory for " + file, e);
    } catch (IOException e) {
      throw new ProgramFailure("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  @Command(
      name = "show",
      description = "Prints the site id and the public key of an identity.",
      mixinStandardHelpOptions = true)
  void show(@Parameters(paramLabel = "FILE", description = "An identity.") Path file) {
    try {
      print(PeerIdentity.load(file));
    } catch (NoSuchFileException e) {
      throw new ProgramFailure("there is no file " + file, e);
    } catch (IOException e) {
      throw new ProgramFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private void print(PeerIdentity identity) {
    spec.commandLine().getOut().println("site id     " + identity.address());
    spec.commandLine().getOut().println("public key  " + identity.publicKey());
  }
}
