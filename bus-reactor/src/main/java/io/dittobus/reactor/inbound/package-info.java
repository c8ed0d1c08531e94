// SPDX-License-Identifier: Apache-2.0
/**
 * The receiving direction of a stream as a Flux: demand goes to the peer one to one, and a message
 * is acknowledged when it was consumed.
 */
@NullMarked
package io.dittobus.reactor.inbound;

import org.jspecify.annotations.NullMarked;
