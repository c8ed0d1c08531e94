// SPDX-License-Identifier: Apache-2.0
/** The program {@code pipe}: a file or standard input, over one stream, to another process. */
@NullMarked
package io.dittobus.examples.pipe;

import org.jspecify.annotations.NullMarked;
