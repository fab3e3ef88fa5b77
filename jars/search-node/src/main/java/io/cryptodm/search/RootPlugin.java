package io.cryptodm.search;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/** Answers {@code GET /} and {@code HEAD /}: the server's own module for it is not on Maven Central, and clients ask it. */
public final class RootPlugin extends Plugin implements ActionPlugin {

  private ClusterService clusterService;

  @Override
  public Collection<?> createComponents(PluginServices services) {
    clusterService = services.clusterService();
    return List.of();
  }

  @Override
  public Collection<RestHandler> getRestHandlers(
      Settings settings,
      NamedWriteableRegistry namedWriteableRegistry,
      RestController restController,
      ClusterSettings clusterSettings,
      IndexScopedSettings indexScopedSettings,
      SettingsFilter settingsFilter,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<DiscoveryNodes> nodesInCluster,
      Predicate<NodeFeature> clusterSupportsFeature) {
    return List.of(new RootHandler());
  }

  private final class RootHandler extends BaseRestHandler {

    @Override
    public String getName() {
      return "cryptodm_root";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      return channel -> channel.sendResponse(new RestResponse(RestStatus.OK, describe(channel.newBuilder())));
    }
  }

  private XContentBuilder describe(XContentBuilder json) throws IOException {
    Build build = Build.current();
    json.prettyPrint().startObject();
    json.field("name", Node.NODE_NAME_SETTING.get(clusterService.getSettings()));
    json.field("cluster_name", clusterService.getClusterName().value());
    json.field("cluster_uuid", clusterService.state().metadata().clusterUUID());
    json.startObject("version");
    json.field("number", build.qualifiedVersion());
    json.field("build_flavor", build.flavor());
    json.field("build_type", build.type().displayName());
    json.field("build_hash", build.hash());
    json.field("build_date", build.date());
    json.field("build_snapshot", build.isSnapshot());
    json.field("lucene_version", IndexVersion.current().luceneVersion().toString());
    json.field("minimum_wire_compatibility_version", build.minWireCompatVersion());
    json.field("minimum_index_compatibility_version", build.minIndexCompatVersion());
    json.endObject();
    json.field("tagline", "You Know, for Search");
    return json.endObject();
  }
}
