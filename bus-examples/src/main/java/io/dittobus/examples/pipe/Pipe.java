// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import io.dittobus.examples.support.Program;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code pipe}. */
@Command(
    name = Pipe.NAME,
    description = {
      "Sends a file or standard input to another process, over one stream of DittoBus.",
      ""
    },
    mixinStandardHelpOptions = true,
    version = "pipe 0.1.0-SNAPSHOT",
    subcommands = {PipeListen.class, PipeSend.class},
    footer = {
      "",
      "Try it in two terminals, with one network secret in both:",
      "  export DITTOBUS_SECRET=$(./keygen secret)",
      "  ./pipe listen --port 4040 --out copy",
      "  ./pipe send 127.0.0.1:4040 FILE",
      "",
      "Both print the SHA-256 of what went by. All messages go to standard error.",
      "Status: 0 all arrived and both hashes are equal; 1 something went wrong;",
      "2 the command line is wrong; 130 interrupted by Ctrl-C."
    })
public final class Pipe implements Runnable {

  static final String NAME = "pipe";

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Runs the program, and ends the process with its status. */
  public static void main(String[] arguments) {
    System.exit(Program.run(new Pipe(), arguments));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say what to do: 'listen' or 'send'");
  }
}
