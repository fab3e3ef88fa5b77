package io.cryptodm.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.catalog.TableChange;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.aws.HttpClientProperties;
import org.apache.iceberg.aws.s3.S3FileIOProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.athena.AthenaClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * The function {@code create-tables} of a lake in an account: it makes the tables and views of the spec, or brings them to it. The event is
 * ignored; the answer is {@code {"tables":[{"name","action","added"}],"views":[name]}} ({@code docs/contracts.md}). When a table cannot follow
 * its declaration it fails with {@link io.cryptodm.tables.catalog.RefusedEvolution}, and nothing was changed.
 */
public final class CreateTables implements RequestStreamHandler {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What was done, in the order of the spec. */
  record Answer(List<TableChange> tables, List<String> views) {}

  @Override
  public void handleRequest(InputStream event, OutputStream output, Context context) throws IOException {
    try {
      Answer answer = apply(LakeEnvironment.read(System.getenv()));
      log(Map.of("answer", answer));
      JSON.writeValue(output, answer);
    } catch (FunctionFault e) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("error", e.getMessage());
      line.put("where", e.where());
      line.put("next", e.next());
      line.values().removeIf(value -> value == null);
      log(line);
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FunctionFault("interrupted", null, null, e);
    }
  }

  private static void log(Map<String, Object> line) throws IOException {
    System.out.println(JSON.writeValueAsString(line));
  }

  private static Answer apply(LakeEnvironment lake) throws IOException, InterruptedException {
    Spec spec = readSpec(lake);
    List<TableChange> changes = createTables(lake, spec);
    try (AthenaClient client = AthenaClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder()).build()) {
      AthenaStatement athena = new AthenaStatement(client, lake.workgroup());
      AthenaProperties.settle(athena, spec.tables());
      createViews(athena, spec);
    }
    return new Answer(changes, spec.views().stream().map(Spec.View::name).toList());
  }

  /** @throws FunctionFault when the spec is not there */
  private static Spec readSpec(LakeEnvironment lake) {
    ObjectAddress address = lake.spec();
    try (S3Client s3 = S3Client.builder().httpClientBuilder(UrlConnectionHttpClient.builder()).forcePathStyle(lake.emulated()).build()) {
      byte[] text = s3.getObjectAsBytes(request -> request.bucket(address.bucket()).key(address.key())).asByteArray();
      return Spec.parse(new String(text, StandardCharsets.UTF_8));
    } catch (NoSuchKeyException e) {
      throw new FunctionFault("the spec of the lake is not there", address.toString(), "Run \"cryptodm up\".", e);
    }
  }

  private static List<TableChange> createTables(LakeEnvironment lake, Spec spec) throws IOException {
    Map<String, String> properties = new HashMap<>(LakeCatalog.properties(spec.catalog()));
    properties.put(HttpClientProperties.CLIENT_TYPE, HttpClientProperties.CLIENT_TYPE_URLCONNECTION);
    properties.put(S3FileIOProperties.PATH_STYLE_ACCESS, String.valueOf(lake.emulated()));
    Catalog catalog = CatalogUtil.buildIcebergCatalog(spec.catalog().name(), properties, null);
    try {
      return createTables(catalog, spec);
    } finally {
      if (catalog instanceof Closeable closeable) {
        closeable.close();
      }
    }
  }

  static List<TableChange> createTables(Catalog catalog, Spec spec) {
    checkDatabases((SupportsNamespaces) catalog, spec.tables());
    return new DeclaredTables(catalog).apply(spec.tables().stream().map(AthenaProperties::addTo).toList());
  }

  /** Databases are Terraform's, each with a location in the bucket of its layer; Iceberg would make a missing one in another place. */
  private static void checkDatabases(SupportsNamespaces catalog, List<Spec.Table> tables) {
    for (String database : tables.stream().map(table -> databaseOf(table.name())).collect(Collectors.toSet())) {
      try {
        if (!catalog.loadNamespaceMetadata(Namespace.of(database)).containsKey("location")) {
          throw new FunctionFault("the database " + database + " has no location", database, "Run \"cryptodm up\".", null);
        }
      } catch (NoSuchNamespaceException e) {
        throw new FunctionFault("there is no database " + database + " in the catalog", database, "Run \"cryptodm up\".", e);
      }
    }
  }

  private static void createViews(AthenaStatement athena, Spec spec) throws InterruptedException {
    for (Spec.View view : spec.views()) {
      athena.run(AthenaView.render(view, spec.tables()), databaseOf(view.name()));
    }
  }

  private static String databaseOf(String name) {
    return name.substring(0, name.indexOf('.'));
  }
}
