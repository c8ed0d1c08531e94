// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

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

  private static final long LAST_WORD_SECONDS = 10;

  private static final CountDownLatch LAST_WORD = new CountDownLatch(1);

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
    try {
      return line.execute(arguments);
    } finally {
      LAST_WORD.countDown();
    }
  }

  /**
   * Blocks until {@link #run} has ended and so has said all, but for no longer than 10 s. For
   * shutdown hooks.
   */
  public static void awaitLastWord() {
    try {
      boolean unused = LAST_WORD.await(LAST_WORD_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes a line of a program to standard error. */
  public static void say(String program, String text) {
    System.err.println(program + ": " + text);
  }

  private static int badUsage(ParameterException error) {
    CommandSpec command = error.getCommandLine().getCommandSpec();
    say(
        command.root().name(),
        Text.oneLine(wrong(error))
            + "; '"
            + command.qualifiedName()
            + " --help' tells what there is");
    return BAD_USAGE;
  }

  /** What is there and unknown comes before what is missing: often it was to be just that. */
  private static String wrong(ParameterException error) {
    CommandLine command = error.getCommandLine();
    if (!(error instanceof MissingParameterException missing)) {
      return String.valueOf(error.getMessage());
    }
    if (!command.getUnmatchedArguments().isEmpty()) {
      return String.valueOf(
          new UnmatchedArgumentException(command, command.getUnmatchedArguments()).getMessage());
    }
    // Its own message lists parameters with a default as well.
    return missing.getMissing().stream()
        .filter(ArgSpec::required)
        .map(ArgSpec::paramLabel)
        .collect(Collectors.joining(" and ", "", " is missing"));
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
