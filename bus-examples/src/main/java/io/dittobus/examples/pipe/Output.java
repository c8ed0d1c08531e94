// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.pipe;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.dittobus.examples.support.Complaints;
import io.dittobus.examples.support.ProgramFailure;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where the bytes go: a file or standard output. Nothing is kept back here, so what was written has
 * been handed to the system. Blocks; one thread at a time.
 */
final class Output implements AutoCloseable {

  /** Stands for standard output. */
  static final String STDOUT = "-";

  private final String name;
  private final FileChannel channel;
  private final boolean isFile;

  private Output(String name, FileChannel channel, boolean isFile) {
    this.name = name;
    this.channel = channel;
    this.isFile = isFile;
  }

  /**
   * Opens it, and leaves what a file holds as it is for now.
   *
   * @throws ProgramFailure if that cannot be
   */
  static Output open(String target) {
    if (target.equals(STDOUT)) {
      FileChannel stdout = new FileOutputStream(FileDescriptor.out).getChannel();
      return new Output("standard output", stdout, false);
    }
    try {
      return new Output(target, FileChannel.open(Path.of(target), CREATE, WRITE), true);
    } catch (InvalidPathException e) {
      throw new ProgramFailure("cannot write " + target + ": not a name for a file", e);
    } catch (IOException e) {
      throw cannotWrite(target, e);
    }
  }

  /** For people. */
  String name() {
    return name;
  }

  /** Empties the file. */
  void begin() {
    if (!isFile) {
      return;
    }
    try {
      channel.truncate(0);
    } catch (IOException e) {
      throw cannotWrite(name, e);
    }
  }

  /** Writes all of the buffer. */
  void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw cannotWrite(name, e);
    }
  }

  /** Closes it; what the system could not write shows here at the latest. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw cannotWrite(name, e);
    }
  }

  private static ProgramFailure cannotWrite(String name, IOException error) {
    return new ProgramFailure("cannot write " + name + ": " + Complaints.reason(error), error);
  }
}
