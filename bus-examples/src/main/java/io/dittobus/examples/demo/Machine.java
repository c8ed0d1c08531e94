// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** Reads how the machine is doing. */
final class Machine {

  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /**
   * The reading of now, as a text: load of the machine, its free memory, collections of this JVM.
   */
  String read() {
    double cpuPercent = Math.max(0, system.getCpuLoad()) * 100;
    long freeMb = system.getFreeMemorySize() / 1_000_000;
    long collections =
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(GarbageCollectorMXBean::getCollectionCount)
            .sum();
    return String.format(
        Locale.ROOT, "cpu %3.0f%%, free %d MB, gc %d", cpuPercent, freeMb, collections);
  }
}
