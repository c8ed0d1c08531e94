// SPDX-License-Identifier: Apache-2.0
/** How the values of an application become messages, and messages become values again. */
@NullMarked
package io.dittobus.reactor.codec;

import org.jspecify.annotations.NullMarked;
