package io.cryptodm.test.brokers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;

/**
 * MSK's authorisation: what a role may do is in its IAM statements, which the emulated account evaluates. Names of the rights: "Semantics of IAM
 * authorization policy actions and resources" in MSK's guide. The nodes themselves, and keys that are no role's, may do everything.
 */
public final class IamAuthorizer implements Authorizer {
  /** Address of the account; without it everybody may do everything. */
  static final String URL = "cryptodm.iam.url";

  private static final String ROLE_KEY = "ROLE.";
  private static final Duration REMEMBERED = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<ResourceType, Map<AclOperation, String>> RIGHTS =
      Map.of(
          ResourceType.TOPIC,
          Map.of(
              AclOperation.READ, "ReadData",
              AclOperation.WRITE, "WriteData",
              AclOperation.DESCRIBE, "DescribeTopic",
              AclOperation.DESCRIBE_CONFIGS, "DescribeTopicDynamicConfiguration",
              AclOperation.ALTER, "AlterTopic",
              AclOperation.ALTER_CONFIGS, "AlterTopicDynamicConfiguration",
              AclOperation.CREATE, "CreateTopic",
              AclOperation.DELETE, "DeleteTopic"),
          ResourceType.GROUP,
          Map.of(AclOperation.READ, "AlterGroup", AclOperation.DESCRIBE, "DescribeGroup", AclOperation.DELETE, "DeleteGroup"),
          ResourceType.CLUSTER,
          Map.of(
              AclOperation.IDEMPOTENT_WRITE, "WriteDataIdempotently",
              AclOperation.DESCRIBE, "DescribeCluster",
              AclOperation.DESCRIBE_CONFIGS, "DescribeClusterDynamicConfiguration",
              AclOperation.ALTER, "AlterCluster",
              AclOperation.ALTER_CONFIGS, "AlterClusterDynamicConfiguration"));

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Map<String, String>, Instant> allowed = new ConcurrentHashMap<>();
  private URI judge;

  @Override
  public void configure(Map<String, ?> configs) {
    Object url = configs.get(URL);
    judge = url == null ? null : URI.create(url + "/_emulator/judge");
  }

  @Override
  public Map<Endpoint, ? extends CompletionStage<Void>> start(AuthorizerServerInfo info) {
    Map<Endpoint, CompletionStage<Void>> ready = new HashMap<>();
    info.endpoints().forEach(endpoint -> ready.put(endpoint, CompletableFuture.completedFuture(null)));
    return ready;
  }

  @Override
  public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
    String user = context.principal().getName();
    return actions.stream().map(action -> result(judge == null || !user.startsWith(ROLE_KEY) || may(user, action))).toList();
  }

  /** A producer may get an id when it may write idempotently, or to any topic; MSK asks for the former. */
  @Override
  public AuthorizationResult authorizeByResourceType(AuthorizableRequestContext context, AclOperation operation, ResourceType type) {
    String user = context.principal().getName();
    return result(judge == null || !user.startsWith(ROLE_KEY));
  }

  private static AuthorizationResult result(boolean may) {
    return may ? AuthorizationResult.ALLOWED : AuthorizationResult.DENIED;
  }

  private boolean may(String user, Action action) {
    ResourceType type = action.resourcePattern().resourceType();
    String right = RIGHTS.getOrDefault(type, Map.of()).get(action.operation());
    // MSK has no right to create any topic whatever its name.
    if (right == null) {
      return false;
    }
    String role = user.substring(ROLE_KEY.length());
    String name = type == ResourceType.CLUSTER ? "" : type.name().toLowerCase(Locale.ROOT) + "/" + action.resourcePattern().name();
    return has(role, "Connect", "") && has(role, right, name);
  }

  private boolean has(String role, String right, String name) {
    Map<String, String> asked = Map.of("role", role, "action", "kafka-cluster:" + right, "name", name);
    Instant until = allowed.get(asked);
    if (until != null && Instant.now().isBefore(until)) {
      return true;
    }
    try {
      HttpRequest request = HttpRequest.newBuilder(judge).POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(asked))).build();
      JsonNode answer = JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
      boolean may = answer.has("lacking") && answer.get("lacking").isNull();
      if (may) {
        allowed.put(asked, Instant.now().plus(REMEMBERED));
      }
      return may;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public List<? extends CompletionStage<AclCreateResult>> createAcls(AuthorizableRequestContext context, List<AclBinding> bindings) {
    throw new UnsupportedOperationException("rights are statements of IAM");
  }

  @Override
  public List<? extends CompletionStage<AclDeleteResult>> deleteAcls(AuthorizableRequestContext context, List<AclBindingFilter> filters) {
    throw new UnsupportedOperationException("rights are statements of IAM");
  }

  @Override
  public Iterable<AclBinding> acls(AclBindingFilter filter) {
    throw new UnsupportedOperationException("rights are statements of IAM");
  }

  @Override
  public void close() {
    // Holds no resources.
  }
}
