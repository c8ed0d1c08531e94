// SPDX-License-Identifier: Apache-2.0
/**
 * The bus as its users see it without Reactor: {@link io.dittobus.api.DittoBus} and its global
 * events, {@link io.dittobus.api.DittoBusStream} and the events of one stream.
 *
 * <p>Start reading at {@link io.dittobus.api.DittoBus}.
 */
@NullMarked
package io.dittobus.api;

import org.jspecify.annotations.NullMarked;
