// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.support;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process had at most. */
public final class ProcessMemory {

  private static final String PEAK = "VmHWM:";

  private ProcessMemory() {}

  /**
   * The largest resident set so far, in bytes, where the system tells it (Linux); else the peaks of
   * all memory pools of the JVM together, which is less.
   */
  public static long peakBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(PEAK)) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Not this system.
    }
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .map(MemoryPoolMXBean::getPeakUsage)
        .filter(usage -> usage != null)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }
}
