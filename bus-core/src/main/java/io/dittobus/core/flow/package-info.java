// SPDX-License-Identifier: Apache-2.0
/**
 * The arithmetic of credit: absolute limits on messages and bytes, what moves them, and what bounds
 * their growth. Numbers only; depends on nothing.
 *
 * <p>Rule ids such as {@code FC-1} are those of {@code docs/protocol.md}.
 */
@NullMarked
package io.dittobus.core.flow;

import org.jspecify.annotations.NullMarked;
