// SPDX-License-Identifier: Apache-2.0
/**
 * The wire format, as in {@code docs/protocol.md}: {@link io.dittobus.core.frame.FrameWriter}
 * writes frames into a buffer, {@link io.dittobus.core.frame.FrameReader} finds them in what comes
 * in, checks their shape and hands each to a {@link io.dittobus.core.frame.FrameHandler}. Knows no
 * state but a frame that is cut by a buffer's end.
 */
@NullMarked
package io.dittobus.core.frame;

import org.jspecify.annotations.NullMarked;
