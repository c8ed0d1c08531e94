// SPDX-License-Identifier: Apache-2.0
/**
 * What can be chosen when a bus is started or a stream is opened, with units, ranges and defaults.
 */
@NullMarked
package io.dittobus.api.options;

import org.jspecify.annotations.NullMarked;
