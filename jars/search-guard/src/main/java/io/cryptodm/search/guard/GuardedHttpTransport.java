package io.cryptodm.search.guard;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import java.util.function.BiConsumer;
import org.elasticsearch.common.network.NetworkService;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.http.HttpPreRequest;
import org.elasticsearch.http.netty4.Netty4HttpServerTransport;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.telemetry.tracing.Tracer;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.netty4.SharedGroupFactory;
import org.elasticsearch.transport.netty4.TLSConfig;
import org.elasticsearch.xcontent.NamedXContentRegistry;

/** The node's HTTP, with a guard before everything that acts on a request, and before its body is read. */
final class GuardedHttpTransport extends Netty4HttpServerTransport {

  private final RequestGuard guard;
  private final String lake;
  private final BiConsumer<HttpPreRequest, ThreadContext> perRequestThreadContext;

  GuardedHttpTransport(
      Settings settings,
      NetworkService networkService,
      ThreadPool threadPool,
      NamedXContentRegistry xContentRegistry,
      Dispatcher dispatcher,
      ClusterSettings clusterSettings,
      SharedGroupFactory groups,
      Tracer tracer,
      BiConsumer<HttpPreRequest, ThreadContext> perRequestThreadContext,
      RequestGuard guard,
      String lake) {
    super(settings, networkService, threadPool, xContentRegistry, dispatcher, clusterSettings, groups, tracer, TLSConfig.noTLS(), null, null);
    this.perRequestThreadContext = perRequestThreadContext;
    this.guard = guard;
    this.lake = lake;
  }

  @Override
  protected void populatePerRequestThreadContext(RestRequest request, ThreadContext context) {
    perRequestThreadContext.accept(request.getHttpRequest(), context);
  }

  @Override
  public ChannelHandler configureServerChannelHandler() {
    ChannelHandler usual = super.configureServerChannelHandler();
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(usual);
        // Behind the encoder, which turns the guard's answers into bytes, and before the body is collected.
        pipeline.addBefore("aggregator", "guard", new GuardHandler(guard, lake));
      }
    };
  }
}
