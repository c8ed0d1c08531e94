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
      "  ./keygen secret > secret         a new network secret, for all peers of a network",
      "  ./keygen identity identity.pem   a new identity, for one peer",
      "  ./keygen show identity.pem       its site id and public key",
      "",
      "Keep what it makes from others: 'umask 077' before a secret is written to a file;"
          + " identities",
      "are written for their owner only. A file that exists is never overwritten.",
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
      description = "Prints a new network secret: 256 random bits.",
      mixinStandardHelpOptions = true)
  void secret() {
    spec.commandLine().getOut().println(NetworkSecret.random().reveal());
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
    try {
      identity.save(file);
    } catch (FileAlreadyExistsException e) {
      throw new ProgramFailure(file + " exists, and a key is never overwritten", e);
    } catch (NoSuchFileException e) {
      throw new ProgramFailure("there is no directory for " + file, e);
    } catch (IOException e) {
      throw new ProgramFailure("cannot write " + file + ": " + e.getMessage(), e);
    }
    print(identity);
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
