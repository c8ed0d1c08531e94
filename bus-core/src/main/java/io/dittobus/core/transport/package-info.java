// SPDX-License-Identifier: Apache-2.0
/**
 * The SPI of transports: a {@link io.dittobus.core.transport.Transport} dials and listens, and
 * gives {@link io.dittobus.core.transport.Link}s that move bytes, in order and without loss, and
 * know no frame, stream or credit.
 *
 * <p>Every implementation must pass the contract in {@code bus-test}.
 */
@NullMarked
package io.dittobus.core.transport;

import org.jspecify.annotations.NullMarked;
