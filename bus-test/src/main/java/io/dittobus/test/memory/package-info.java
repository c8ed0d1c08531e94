// SPDX-License-Identifier: Apache-2.0
/**
 * A transport within one process: hosts with names, links of bytes that are split, delayed and
 * broken on the way, in virtual time ({@link io.dittobus.test.memory.SimulatedNetwork}) or in real
 * time ({@link io.dittobus.test.memory.LiveNetwork}).
 *
 * <p>Both run the same links; they differ in the loops that run them.
 */
@NullMarked
package io.dittobus.test.memory;

import org.jspecify.annotations.NullMarked;
