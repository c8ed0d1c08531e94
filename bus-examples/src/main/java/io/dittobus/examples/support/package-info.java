// SPDX-License-Identifier: Apache-2.0
/** What the programs share. */
@NullMarked
package io.dittobus.examples.support;

import org.jspecify.annotations.NullMarked;
