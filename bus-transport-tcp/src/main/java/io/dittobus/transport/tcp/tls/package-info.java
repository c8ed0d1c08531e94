// SPDX-License-Identifier: Apache-2.0
/**
 * TLS 1.3 in the shape of libp2p's: {@link io.dittobus.transport.tcp.tls.PeerCertificates} makes
 * and checks the certificates in which an identity signs the key of a connection; {@link
 * io.dittobus.transport.tcp.tls.TlsContexts} gives connections their engines.
 */
@NullMarked
package io.dittobus.transport.tcp.tls;

import org.jspecify.annotations.NullMarked;
