package io.cryptodm.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;
import org.junit.jupiter.api.Test;

class LakeAuthorizerTest {
  private static final String OWN = "uJkLm3xVQp2aZ0nW8sT5Yg";
  private static final KafkaPrincipal LAKE = new KafkaPrincipal("User", "cryptodm");

  private record Request(KafkaPrincipal principal, String clientId) implements AuthorizableRequestContext {
    @Override
    public String listenerName() {
      return "BROKER";
    }

    @Override
    public SecurityProtocol securityProtocol() {
      return SecurityProtocol.SASL_PLAINTEXT;
    }

    @Override
    public InetAddress clientAddress() {
      return InetAddress.getLoopbackAddress();
    }

    @Override
    public int requestType() {
      return 0;
    }

    @Override
    public int requestVersion() {
      return 0;
    }

    @Override
    public int correlationId() {
      return 0;
    }
  }

  private record Server(ClusterResource clusterResource) implements AuthorizerServerInfo {
    @Override
    public int brokerId() {
      return 1;
    }

    @Override
    public Collection<Endpoint> endpoints() {
      return List.of();
    }

    @Override
    public Endpoint interBrokerEndpoint() {
      return null;
    }

    @Override
    public Collection<String> earlyStartListeners() {
      return List.of();
    }
  }

  private static boolean lets(String access, KafkaPrincipal principal, String clientId) {
    LakeAuthorizer authorizer = new LakeAuthorizer();
    authorizer.configure(Map.of(LakeAuthorizer.ACCESS, access));
    authorizer.start(new Server(new ClusterResource(OWN)));
    Request request = new Request(principal, clientId);
    Action action = new Action(AclOperation.WRITE, new ResourcePattern(ResourceType.TOPIC, "t", PatternType.LITERAL), 1, true, true);
    List<AuthorizationResult> results = authorizer.authorize(request, List.of(action, action));
    AuthorizationResult first = results.get(0);
    assertEquals(List.of(first, first), results);
    assertEquals(first, authorizer.authorizeByResourceType(request, AclOperation.WRITE, ResourceType.TOPIC));
    return first == AuthorizationResult.ALLOWED;
  }

  @Test
  void letsTheLakesUserInWithoutAClusterOrWithThisOne() {
    assertEquals(true, lets("credential", LAKE, null));
    assertEquals(true, lets("credential", LAKE, "kcat"));
    assertEquals(true, lets("credential", LAKE, "job@" + OWN));
    assertEquals(false, lets("credential", LAKE, "job@AAAAAAAAAAAAAAAAAAAAAA"));
  }

  @Test
  void refusesAllOthersUnlessTheBrokerIsOpen() {
    KafkaPrincipal other = new KafkaPrincipal("User", "other");
    assertEquals(false, lets("credential", KafkaPrincipal.ANONYMOUS, "kcat"));
    assertEquals(false, lets("credential", other, "job@" + OWN));
    assertEquals(true, lets("open", KafkaPrincipal.ANONYMOUS, "kcat"));
    assertEquals(false, lets("open", KafkaPrincipal.ANONYMOUS, "job@AAAAAAAAAAAAAAAAAAAAAA"));
  }
}
