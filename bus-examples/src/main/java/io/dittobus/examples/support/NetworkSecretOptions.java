// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import io.dittobus.api.admission.Admission;
import io.dittobus.api.admission.NetworkSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How a program learns the network secret: not on its command line, which everybody on the machine
 * can read.
 */
public final class NetworkSecretOptions {

  /** The environment variable that holds it. */
  public static final String VARIABLE = "DITTOBUS_SECRET";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = {
        "File with the network secret, the same for both sides ('./keygen secret FILE' makes one).",
        "Without it the secret is taken from the environment variable " + VARIABLE + "."
      })
  private @Nullable Path file;

  @Option(
      names = "--insecure",
      description = "Neither encrypt nor ask for a secret; both sides have to say so.")
  private boolean insecure;

  /**
   * Who may join.
   *
   * @throws ParameterException if there is no secret, or what is there is none
   */
  public Admission admission() {
    if (insecure) {
      return Admission.insecure();
    }
    try {
      return Admission.networkSecret(secret());
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    } catch (NoSuchFileException e) {
      throw wrong("there is no file " + file + "; './keygen secret " + file + "' makes one");
    } catch (IOException e) {
      throw wrong("cannot read " + file + ": " + e.getMessage());
    }
  }

  private NetworkSecret secret() throws IOException {
    if (file != null) {
      if (Files.isDirectory(file)) {
        throw new IOException("it is a directory");
      }
      return NetworkSecret.load(file);
    }
    String text = System.getenv(VARIABLE);
    if (text == null || text.isBlank()) {
      throw wrong(
          "a network secret is needed at both sides: export "
              + VARIABLE
              + "=$(./keygen secret), or --secret-file, or --insecure for none");
    }
    return NetworkSecret.parse(text);
  }

  private ParameterException wrong(String line) {
    return new ParameterException(spec.commandLine(), line);
  }
}
