// SPDX-License-Identifier: Apache-2.0
package io.dittobus.transport.tcp;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Resolves as it is told, or never. */
final class FixedResolvers extends AddressResolverGroup<InetSocketAddress> {
  final AtomicInteger asked = new AtomicInteger();
  volatile @Nullable List<InetAddress> addresses;

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new InetSocketAddressResolver(
        executor,
        new InetNameResolver(executor) {
          @Override
          protected void doResolve(String name, Promise<InetAddress> promise) {
            throw new AssertionError("all addresses are asked for");
          }

          @Override
          protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
            asked.incrementAndGet();
            List<InetAddress> known = addresses;
            if (known != null) {
              promise.setSuccess(known);
            }
          }
        });
  }
}
