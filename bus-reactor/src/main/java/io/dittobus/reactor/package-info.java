// SPDX-License-Identifier: Apache-2.0
/**
 * The bus as seen by users of Reactor: a {@link io.dittobus.reactor.ReactorBus} has {@link
 * io.dittobus.reactor.ReactorStream}s, and each of these is a Flux and a sink. Works on any {@link
 * io.dittobus.api.DittoBus}.
 *
 * <p>Start reading at {@link io.dittobus.reactor.ReactorBus}.
 */
@NullMarked
package io.dittobus.reactor;

import org.jspecify.annotations.NullMarked;
