// SPDX-License-Identifier: Apache-2.0
/** The TCK of Reactive Streams, over streams of buses in memory. */
@NullMarked
package io.dittobus.reactor.tck;

import org.jspecify.annotations.NullMarked;
