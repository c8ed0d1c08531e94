// SPDX-License-Identifier: Apache-2.0
/** What is promised to users, shown end to end through the public API, over TCP on loopback. */
@NullMarked
package io.dittobus.reactor.acceptance;

import org.jspecify.annotations.NullMarked;
