// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Runs a command line the way all programs here do: whatever goes wrong is one line on standard
 * error that begins with the program's name, and a status other than 0.
 */
public final class Program {

  /** All went well. */
  public static final int OK = 0;

  /** Something went wrong. */
  public static final int FAILED = 1;

  /** The command line is wrong. */
  public static final int BAD_USAGE = 2;

  /** Set to true, the stack trace of a failure is printed as well. */
  private static final String TRACE = "dittobus.trace";

  private Program() {}

  /**
   * Runs the command.
   *
   * @param command an object with picocli's annotations
   * @return the status to end with
   */
  public static int run(Object command, String... arguments) {
    CommandLine line = new CommandLine(command);
    line.setParameterExceptionHandler((error, args) -> badUsage(error));
    line.setExecutionExceptionHandler(Program::failed);
    return line.execute(arguments);
  }

  /** Writes a line of a program to standard error. */
  public static void say(String program, String text) {
    System.err.println(program + ": " + text);
  }

  private static int badUsage(ParameterException error) {
    CommandSpec command = error.getCommandLine().getCommandSpec();
    String message = Text.oneLine(String.valueOf(error.getMessage()));
    say(
        command.root().name(),
        message + "; '" + command.qualifiedName() + " --help' tells what there is");
    return BAD_USAGE;
  }

  private static int failed(Exception error, CommandLine line, ParseResult parsed) {
    say(line.getCommandSpec().root().name(), Complaints.of(error));
    if (Boolean.getBoolean(TRACE)) {
      PrintStream out = System.err;
      error.printStackTrace(out);
    }
    return FAILED;
  }
}
