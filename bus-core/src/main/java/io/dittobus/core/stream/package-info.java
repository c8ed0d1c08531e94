// SPDX-License-Identifier: Apache-2.0
/**
 * One stream as the protocol sees it: {@link io.dittobus.core.stream.SessionStream} with its {@link
 * io.dittobus.core.stream.SendHalf} and {@link io.dittobus.core.stream.ReceiveHalf}. State and
 * transitions only; when a frame is written, and what else happens then, is the session's business.
 */
@NullMarked
package io.dittobus.core.stream;

import org.jspecify.annotations.NullMarked;
