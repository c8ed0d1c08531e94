// SPDX-License-Identifier: Apache-2.0
/**
 * Links over TCP: {@link io.dittobus.transport.tcp.TcpTransport} dials, listens and moves bytes on
 * Netty's event loops, and knows no frame, stream or credit; {@link
 * io.dittobus.transport.tcp.TcpBus} starts a bus over it.
 */
@NullMarked
package io.dittobus.transport.tcp;

import org.jspecify.annotations.NullMarked;
