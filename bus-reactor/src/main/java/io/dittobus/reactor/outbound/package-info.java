// SPDX-License-Identifier: Apache-2.0
/**
 * The sending direction of a stream: a Publisher that is asked for what the peer has granted, and a
 * sink.
 */
@NullMarked
package io.dittobus.reactor.outbound;

import org.jspecify.annotations.NullMarked;
