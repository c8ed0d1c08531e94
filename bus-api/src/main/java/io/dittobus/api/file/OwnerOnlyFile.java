// SPDX-License-Identifier: Apache-2.0
package io.dittobus.api.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Reads and writes files that are for their owner's eyes only. On file systems that know no owners
 * their user has to choose the place. All methods block. Messages never hold a part of a file.
 */
public final class OwnerOnlyFile {

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private OwnerOnlyFile() {}

  /**
   * Checks that its owner may read the file, and nobody else may do anything with it.
   *
   * @param what what it holds, for the message
   * @throws IOException if that is not so; the message says what to do
   */
  public static void check(Path file, String what) throws IOException {
    if (!isPosix(file)) {
      return;
    }
    Set<PosixFilePermission> others = EnumSet.noneOf(PosixFilePermission.class);
    others.addAll(Files.getPosixFilePermissions(file));
    if (!others.contains(PosixFilePermission.OWNER_READ)) {
      throw new IOException(
          "its owner may not read " + file + ", which should hold " + what + ": chmod 600 " + file);
    }
    others.removeAll(PosixFilePermissions.fromString("rwx------"));
    if (!others.isEmpty()) {
      throw new IOException(
          "others than its owner have access to "
              + file
              + ", which holds "
              + what
              + ": chmod 600 "
              + file
              + ", and make a new one if one of them may have read it");
    }
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /**
   * Makes a file with this text, in ASCII: whoever sees it sees all of it, also if the machine
   * stops meanwhile, and it has its permissions from the first moment on.
   *
   * @throws FileAlreadyExistsException if there is such a file: it is never overwritten
   * @throws IOException if it cannot be written; then there is none
   */
  public static void create(Path file, String text) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new FileSystemException(file.toString(), null, "is not a name for a file");
    }
    // For its owner only, wherever there are owners.
    Path written = Files.createTempFile(directory, ".dittobus", ".new");
    try {
      if (isPosix(written) && !Files.getPosixFilePermissions(written).equals(OWNER_ONLY)) {
        throw new FileSystemException(file.toString(), null, "cannot be kept from others");
      }
      write(written, text);
      giveName(written, file);
    } finally {
      Files.deleteIfExists(written);
    }
    keep(directory);
  }

  private static void write(Path file, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        int unused = out.write(bytes);
      }
      out.force(true);
    }
  }

  /** A second name fails where there is one already; a move would replace it. */
  private static void giveName(Path written, Path file) throws IOException {
    try {
      Files.createLink(file, written);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      // No second names there: whoever makes the empty file is the one who may replace it.
      Files.createFile(file);
      try {
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException | RuntimeException notMoved) {
        Files.delete(file);
        throw notMoved;
      }
    }
  }

  /** So that the name, too, is still there when the machine has stopped. */
  private static void keep(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Not every platform opens directories, and the file is there.
      return;
    }
  }
}
