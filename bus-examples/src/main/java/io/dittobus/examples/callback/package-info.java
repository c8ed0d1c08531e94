// SPDX-License-Identifier: Apache-2.0
/** The callback API by itself: what one uses who has no Reactor. */
@NullMarked
package io.dittobus.examples.callback;

import org.jspecify.annotations.NullMarked;
