// SPDX-License-Identifier: Apache-2.0
/**
 * Two sessions run against each other in one thread and in virtual time, through a network that
 * splits and stalls, with applications that do what they like; every seed replays. {@link
 * io.dittobus.core.simulation.Simulation} is one run.
 */
@NullMarked
package io.dittobus.core.simulation;

import org.jspecify.annotations.NullMarked;
