package io.cryptodm.search.guard;

import java.net.InetAddress;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.network.NetworkService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.transport.BoundTransportAddress;
import org.elasticsearch.common.transport.TransportAddress;
import org.elasticsearch.common.util.PageCacheRecycler;
import org.elasticsearch.indices.breaker.CircuitBreakerService;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.netty4.Netty4Transport;
import org.elasticsearch.transport.netty4.SharedGroupFactory;

/**
 * The protocol between nodes, without a port: no other node joins, and a process that could connect would need no login. The address that
 * the node calls its own leads nowhere.
 */
final class ClosedTransport extends Netty4Transport {

  ClosedTransport(
      Settings settings,
      ThreadPool threadPool,
      NetworkService networkService,
      PageCacheRecycler recycler,
      NamedWriteableRegistry writeables,
      CircuitBreakerService breakers,
      SharedGroupFactory groups) {
    super(settings, TransportVersion.current(), threadPool, networkService, recycler, writeables, breakers, groups);
  }

  @Override
  protected void bindServer(ProfileSettings profile) {}

  @Override
  public BoundTransportAddress boundAddress() {
    TransportAddress nowhere = new TransportAddress(InetAddress.getLoopbackAddress(), 0);
    return new BoundTransportAddress(new TransportAddress[] {nowhere}, nowhere);
  }
}
