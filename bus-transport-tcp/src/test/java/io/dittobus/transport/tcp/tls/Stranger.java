// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp.tls;

import io.dittobus.api.peer.Endpoint;
import io.dittobus.api.peer.PeerIdentity;
import io.dittobus.api.peer.PeerKey;
import io.dittobus.core.frame.Auth;
import io.dittobus.core.frame.EndCause;
import io.dittobus.core.frame.FrameWriter;
import io.dittobus.core.frame.Hello;
import io.dittobus.core.frame.Nonce;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Somebody with a TLS of his own, who takes everyone and shows what he likes, and has no bus. */
public final class Stranger {

  private static final int BOUND_MILLIS = 20_000;
  private static final Duration DAY = Duration.ofDays(1);

  private Stranger() {}

  /** Shows this certificate, and signs with this key. */
  static final class Shows extends X509ExtendedKeyManager {
    private final X509Certificate certificate;
    private final PrivateKey key;
    int asked;

    Shows(X509Certificate certificate, PrivateKey key) {
      this.certificate = certificate;
      this.key = key;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
      return "own";
    }

    @Override
    public String chooseEngineClientAlias(String[] keyType, Principal[] issuers, SSLEngine engine) {
      return "own";
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return keyType.equals("EC") ? "own" : null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      asked++;
      return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }
  }

  private static final class Anyone extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** A certificate as this identity's bus would make it. */
  static PeerCertificates.Made made(PeerIdentity identity) {
    return PeerCertificates.make(identity, Instant.now(), DAY);
  }

  /** TLS of somebody who shows nothing, or this. */
  static SSLContext tls(@Nullable KeyManager shows) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        shows == null ? null : new KeyManager[] {shows}, new TrustManager[] {new Anyone()}, null);
    return context;
  }

  /** TLS of somebody with this identity. */
  public static SSLContext tls(PeerIdentity identity) throws Exception {
    PeerCertificates.Made own = made(identity);
    return tls(new Shows(own.certificate(), own.keys().getPrivate()));
  }

  static SSLSocket connect(SSLContext tls, Endpoint endpoint) throws Exception {
    SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket(endpoint.host(), endpoint.port());
    socket.setSoTimeout(BOUND_MILLIS);
    socket.setTcpNoDelay(true);
    socket.setEnabledProtocols(new String[] {"TLSv1.3"});
    return socket;
  }

  /** Handshakes, and reads until the end; returns what it was told by TLS. */
  static String endOf(SSLSocket socket) throws IOException {
    try (socket) {
      socket.startHandshake();
      int first = socket.getInputStream().read();
      return "the connection ended without a word of TLS, after " + first;
    } catch (SSLException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Says this once TLS is there, and returns all that is answered. */
  static byte[] say(SSLSocket connected, byte[] words) throws Exception {
    try (SSLSocket socket = connected) {
      socket.startHandshake();
      socket.getOutputStream().write(words);
      return socket.getInputStream().readAllBytes();
    }
  }

  /** A HELLO of a peer with this key. */
  static byte[] hello(PeerKey key) {
    Nonce nonce = Nonce.of(new byte[Nonce.LENGTH]);
    ByteBuf out = Unpooled.buffer();
    FrameWriter.hello(out, new Hello(1, 1, 0, key, 7, nonce, 1000, 10, 1, 1024, 256, 1 << 20));
    return ByteBufUtil.getBytes(out);
  }

  static byte[] auth(Auth auth) {
    ByteBuf out = Unpooled.buffer();
    FrameWriter.auth(out, auth);
    return ByteBufUtil.getBytes(out);
  }

  /** The words of one who is refused. */
  static byte[] rejected() {
    ByteBuf reject = Unpooled.buffer();
    FrameWriter.reject(reject, EndCause.local(EndCause.Kind.FORBIDDEN, ""));
    return ByteBufUtil.getBytes(reject);
  }

  static byte[] concat(byte[] first, byte[] second) {
    return Unpooled.wrappedBuffer(first, second).copy().array();
  }
}
