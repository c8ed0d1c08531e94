// SPDX-License-Identifier: Apache-2.0
/** The last phase of the demo: all modes and single messages side by side, and a stall. */
@NullMarked
package io.dittobus.examples.demo.modes;

import org.jspecify.annotations.NullMarked;
