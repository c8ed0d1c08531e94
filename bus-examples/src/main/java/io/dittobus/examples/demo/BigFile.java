// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import io.dittobus.examples.support.Complaints;
import io.dittobus.examples.support.ProgramFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A large file that is at hand wherever this runs: the JDK's own {@code lib/modules}, or whatever
 * is the largest of a JDK that has none.
 *
 * @param path where it is
 * @param bytes how many of it are sent, from its beginning
 */
record BigFile(Path path, long bytes) {

  /**
   * Looks for it.
   *
   * @param mostBytes only so many from its beginning
   * @throws ProgramFailure if there is none
   */
  static BigFile find(long mostBytes) {
    Path home = Path.of(System.getProperty("java.home"));
    Path modules = home.resolve("lib").resolve("modules");
    try {
      Path path = Files.isReadable(modules) ? modules : largestOf(home);
      return new BigFile(path, Math.min(Files.size(path), mostBytes));
    } catch (IOException | UncheckedIOException e) {
      IOException cause = e instanceof IOException io ? io : new IOException(e.getCause());
      throw new ProgramFailure("cannot read " + home + ": " + Complaints.reason(cause), e);
    }
  }

  private static Path largestOf(Path home) throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files
          .filter(file -> Files.isRegularFile(file) && Files.isReadable(file))
          .max(Comparator.comparingLong(file -> file.toFile().length()))
          .orElseThrow(() -> new ProgramFailure("there is no file in " + home));
    }
  }
}
