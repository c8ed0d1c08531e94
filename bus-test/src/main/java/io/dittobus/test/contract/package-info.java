// SPDX-License-Identifier: Apache-2.0
/** What every transport must do, as tests that its own test class inherits. */
@NullMarked
package io.dittobus.test.contract;

import org.jspecify.annotations.NullMarked;
