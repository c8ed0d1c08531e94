// SPDX-License-Identifier: Apache-2.0
/** How things end: results of sending, reasons of completion, errors with their codes. */
@NullMarked
package io.dittobus.api.result;

import org.jspecify.annotations.NullMarked;
