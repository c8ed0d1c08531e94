// SPDX-License-Identifier: Apache-2.0
/**
 * Runs sessions over links: the only place where threads and timers live. {@link
 * io.dittobus.core.node.BusNode} is the bus that users see; start reading there.
 */
@NullMarked
package io.dittobus.core.node;

import org.jspecify.annotations.NullMarked;
