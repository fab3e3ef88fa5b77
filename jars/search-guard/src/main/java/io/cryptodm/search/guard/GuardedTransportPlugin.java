package io.cryptodm.search.guard;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.network.NetworkService;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.BigArrays;
import org.elasticsearch.common.util.PageCacheRecycler;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.http.HttpPreRequest;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.indices.breaker.CircuitBreakerService;
import org.elasticsearch.telemetry.tracing.Tracer;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.Transport;
import org.elasticsearch.transport.netty4.Netty4Plugin;
import org.elasticsearch.transport.netty4.SharedGroupFactory;
import org.elasticsearch.xcontent.NamedXContentRegistry;

/** In the place of the server's own transport: a plugin can't extend that one. */
public final class GuardedTransportPlugin extends Netty4Plugin {

  /** Path of the file with the token; empty: no login is asked for. */
  private static final Setting<String> CREDENTIAL = Setting.simpleString("cryptodm.credential", Setting.Property.NodeScope);

  /** Id of the lake; may be empty. */
  private static final Setting<String> LAKE = Setting.simpleString("cryptodm.lake", Setting.Property.NodeScope);

  private final SharedGroupFactory groups;
  private final RequestGuard guard;
  private final String lake;

  /** @throws IllegalStateException when there is no credential where one must be */
  public GuardedTransportPlugin(Settings settings) {
    groups = new SharedGroupFactory(settings);
    String credential = CREDENTIAL.get(settings);
    guard = new RequestGuard(credential.isEmpty() ? null : Login.read(Path.of(credential)));
    lake = LAKE.get(settings);
  }

  @Override
  public List<Setting<?>> getSettings() {
    return Stream.concat(super.getSettings().stream(), Stream.of(CREDENTIAL, LAKE)).toList();
  }

  @Override
  public Map<String, Supplier<Transport>> getTransports(
      Settings settings,
      ThreadPool threadPool,
      PageCacheRecycler recycler,
      CircuitBreakerService breakers,
      NamedWriteableRegistry writeables,
      NetworkService networkService) {
    return Map.of(
        NETTY_TRANSPORT_NAME,
        () -> new ClosedTransport(settings, threadPool, networkService, recycler, writeables, breakers, groups));
  }

  @Override
  public Map<String, Supplier<HttpServerTransport>> getHttpTransports(
      Settings settings,
      ThreadPool threadPool,
      BigArrays bigArrays,
      PageCacheRecycler recycler,
      CircuitBreakerService breakers,
      NamedXContentRegistry xContentRegistry,
      NetworkService networkService,
      HttpServerTransport.Dispatcher dispatcher,
      BiConsumer<HttpPreRequest, ThreadContext> perRequestThreadContext,
      ClusterSettings clusterSettings,
      Tracer tracer) {
    return Map.of(
        NETTY_HTTP_TRANSPORT_NAME,
        () ->
            new GuardedHttpTransport(
                settings, networkService, threadPool, xContentRegistry, dispatcher, clusterSettings, groups, tracer, perRequestThreadContext, guard, lake));
  }
}
