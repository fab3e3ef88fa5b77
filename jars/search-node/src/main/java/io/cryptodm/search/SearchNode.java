package io.cryptodm.search;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.bootstrap.BootstrapInfo;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.injection.guice.Injector;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.rest.RestController;
import sun.misc.Signal;

/**
 * One Elasticsearch node on the loopback interface, without the installer's bootstrap (no security manager, no native
 * process limits, no module that is absent from Maven Central).
 *
 * <p>{@code --guard} is SearchGuard-1.0.jar, which checks each request; {@code --transport} is a folder that the node fills for it. {@code --credential} is the file with the token that requests must bring; without it none is
 * asked for. {@code --lake} is the id of the lake that the node belongs to, which {@code GET /} tells. The folder given by {@code --config} holds {@code elasticsearch.yml} and {@code log4j2.properties}. Exit codes: 0
 * stopped by SIGTERM or SIGINT, 2 bad arguments, 1 anything else.
 */
public final class SearchNode {

  private static final String USAGE =
      "usage: SearchNode --home DIR --config DIR --data DIR --logs DIR --guard JAR --transport DIR --port PORT [--cluster NAME] [--lake ID] [--credential FILE]";

  /** Logging replaces System.err later; what the caller waits for goes to the original stream. */
  private static final PrintStream STDERR = System.err;

  private SearchNode() {}

  public static void main(String[] args) {
    Map<String, String> options = new HashMap<>();
    Set<String> required = Set.of("--home", "--config", "--data", "--logs", "--guard", "--transport", "--port");
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    if (args.length % 2 != 0 || !options.keySet().containsAll(required)) {
      STDERR.println(USAGE);
      System.exit(2);
    }
    try {
      run(options);
    } catch (Throwable failure) {
      failure.printStackTrace(STDERR);
      STDERR.println("elasticsearch failed: " + failure);
      System.exit(1);
    }
    System.exit(0);
  }

  private static void run(Map<String, String> options) throws Exception {
    CountDownLatch stopAsked = new CountDownLatch(1);
    for (String signal : new String[] {"TERM", "INT"}) {
      Signal.handle(new Signal(signal), caught -> stopAsked.countDown());
    }
    Node node = open(options).start();
    STDERR.println("elasticsearch ready on http://127.0.0.1:" + options.get("--port"));
    stopAsked.await();
    close(node);
    STDERR.println("elasticsearch stopped");
  }

  private static Node open(Map<String, String> options) throws IOException {
    BootstrapInfo.init();
    LogConfigurator.configureESLogging();
    LogConfigurator.registerErrorListener();
    Settings settings =
        Settings.builder()
            .put("path.home", options.get("--home"))
            .put("path.data", options.get("--data"))
            .put("path.logs", options.get("--logs"))
            .put("http.port", Integer.parseInt(options.get("--port")))
            .put("cluster.name", options.getOrDefault("--cluster", "cryptodm"))
            .put("cryptodm.credential", options.getOrDefault("--credential", ""))
            .put("cryptodm.lake", options.getOrDefault("--lake", ""))
            .build();
    Environment environment =
        InternalSettingsPreparer.prepareEnvironment(
            settings, Map.of(), Path.of(options.get("--config")), () -> "cryptodm");
    LogConfigurator.setNodeName("cryptodm");
    LogConfigurator.configure(environment, true);
    Path transport = Path.of(options.get("--transport"));
    GuardedTransport.write(environment.modulesDir(), Path.of(options.get("--guard")), transport);
    PluginsLoader plugins =
        PluginsLoader.createPluginsLoader(PluginsLoader.loadModulesBundles(transport), Set.of(), Map.of());
    Node node = new Node(environment, plugins);
    Injector parts = node.injector();
    parts.getInstance(RestController.class).registerHandler(new RootHandler(parts.getInstance(ClusterService.class), options.get("--lake")));
    return node;
  }

  private static void close(Node node) throws IOException, InterruptedException {
    node.prepareForClose();
    node.close();
    if (!node.awaitClose(10, TimeUnit.SECONDS)) {
      throw new IOException("the node did not close in 10 s");
    }
  }
}
