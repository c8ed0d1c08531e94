// SPDX-License-Identifier: Apache-2.0
/** Who may join: the one explicit choice of whoever builds a bus, and what peers may do then. */
@NullMarked
package io.dittobus.api.admission;

import org.jspecify.annotations.NullMarked;
