// SPDX-License-Identifier: Apache-2.0
/**
 * For tests of applications: buses that are connected in memory, by one line ({@link
 * io.dittobus.test.DittoBusTest}), or started one by one over a network with faults ({@link
 * io.dittobus.test.MemoryBus}).
 */
@NullMarked
package io.dittobus.test;

import org.jspecify.annotations.NullMarked;
