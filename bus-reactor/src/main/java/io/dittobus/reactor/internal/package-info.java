// SPDX-License-Identifier: Apache-2.0
/** What both directions share: discarding, and words about failures. Not for applications. */
@NullMarked
package io.dittobus.reactor.internal;

import org.jspecify.annotations.NullMarked;
