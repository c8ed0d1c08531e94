// SPDX-License-Identifier: Apache-2.0
package io.dittobus.examples.demo;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/** Reads this machine and this process. May block for a moment; one thread at a time. */
final class Machine {

  private static final int READINGS_PER_CPU_LOAD = 25;

  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private long nextIndex;
  private double cpuLoad;

  /** What is to be read now; each reading has the next index. */
  Reading read() {
    if (nextIndex % READINGS_PER_CPU_LOAD == 0) {
      cpuLoad = system.getCpuLoad(); // since it was last asked
    }
    Runtime runtime = Runtime.getRuntime();
    return new Reading(
        nextIndex++,
        cpuLoad,
        system.getFreeMemorySize(),
        runtime.totalMemory() - runtime.freeMemory(),
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(GarbageCollectorMXBean::getCollectionCount)
            .sum());
  }
}
