// SPDX-License-Identifier: Apache-2.0
/**
 * What two peers share, as a machine without sockets, threads or clocks: {@link
 * io.dittobus.core.session.Handshake} until both are ready, then {@link
 * io.dittobus.core.session.Session}. Bytes and time go in, bytes, events and the next time come
 * out.
 */
@NullMarked
package io.dittobus.core.session;

import org.jspecify.annotations.NullMarked;
