package io.cryptodm.broker;

import io.cryptodm.contracts.CredentialFile;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;

/**
 * Refuses each request of a client that takes this broker for another lake's. The clients of a lake name the cluster that they mean in their
 * client id, as {@code NAME@CLUSTER-ID}, so that a request is refused before anything is written or read, also right after a client has
 * connected again. It also refuses everybody but the lake's own user, unless the settings open the broker. A request that a broker passes to its
 * controller keeps the name of who sent it, and not the listener, so the listener decides nothing here.
 */
public final class LakeAuthorizer implements Authorizer {
  /** A cluster id is 16 bytes in base64 for URLs. */
  private static final Pattern NAMED = Pattern.compile("@([A-Za-z0-9_-]{22})$");

  private static final KafkaPrincipal OWN = new KafkaPrincipal(KafkaPrincipal.USER_TYPE, CredentialFile.USER);

  /** Setting of the broker: {@code open} for everybody, else for those who have signed in. */
  static final String ACCESS = "cryptodm.access";

  private volatile boolean open;
  private volatile String clusterId;

  @Override
  public void configure(Map<String, ?> configs) {
    open = "open".equals(configs.get(ACCESS));
  }

  @Override
  public Map<Endpoint, ? extends CompletionStage<Void>> start(AuthorizerServerInfo server) {
    clusterId = server.clusterResource().clusterId();
    return server.endpoints().stream().collect(Collectors.toMap(endpoint -> endpoint, endpoint -> CompletableFuture.completedFuture(null)));
  }

  @Override
  public List<AuthorizationResult> authorize(AuthorizableRequestContext request, List<Action> actions) {
    return Collections.nCopies(actions.size(), judge(request));
  }

  /** Asked for an idempotent producer; Kafka's own default looks the rules up, and there are none. */
  @Override
  public AuthorizationResult authorizeByResourceType(AuthorizableRequestContext request, AclOperation operation, ResourceType type) {
    return judge(request);
  }

  private AuthorizationResult judge(AuthorizableRequestContext request) {
    return isOwn(request) && meansThis(request.clientId()) ? AuthorizationResult.ALLOWED : AuthorizationResult.DENIED;
  }

  private boolean isOwn(AuthorizableRequestContext request) {
    return open || OWN.equals(request.principal());
  }

  private boolean meansThis(String clientId) {
    if (clientId == null) {
      return true;
    }
    Matcher named = NAMED.matcher(clientId);
    return !named.find() || named.group(1).equals(clusterId);
  }

  @Override
  public List<? extends CompletionStage<AclCreateResult>> createAcls(AuthorizableRequestContext request, List<AclBinding> bindings) {
    throw noRules();
  }

  @Override
  public List<? extends CompletionStage<AclDeleteResult>> deleteAcls(AuthorizableRequestContext request, List<AclBindingFilter> filters) {
    throw noRules();
  }

  @Override
  public Iterable<AclBinding> acls(AclBindingFilter filter) {
    return List.of();
  }

  private static SecurityDisabledException noRules() {
    return new SecurityDisabledException("this broker keeps no access rules");
  }

  @Override
  public void close() {}
}
