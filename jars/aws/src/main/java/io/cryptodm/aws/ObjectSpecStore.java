package io.cryptodm.aws;

import io.cryptodm.contracts.SpecException;
import io.cryptodm.contracts.SpecStore;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.PartitionMetadata;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * A spec in S3, by one signed GetObject ("Authenticating Requests: Using the Authorization Header"): S3's own client would add four megabytes to each
 * producer. Credentials and region come from the SDK's own chain, as for {@link SecretsManagerStore}.
 */
public final class ObjectSpecStore implements SpecStore {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int ATTEMPTS = 4;

  @Override
  public byte[] read(URI place) {
    String origin = "spec " + place;
    try (SdkHttpClient client = UrlConnectionHttpClient.builder().connectionTimeout(LIMIT).socketTimeout(LIMIT).build();
        DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder().build()) {
      Region region = DefaultAwsRegionProviderChain.builder().build().getRegion();
      for (int attempt = 1; ; attempt++) {
        HttpExecuteResponse response = get(client, credentials.resolveCredentials(), region, place);
        int status = response.httpResponse().statusCode();
        byte[] body = response.responseBody().isPresent() ? response.responseBody().get().readAllBytes() : new byte[0];
        if (status == 200) {
          return body;
        }
        if (status < 500 || attempt == ATTEMPTS) {
          String advice = status == 403 ? "; let the role of this process call s3:GetObject on it" : "";
          throw new SpecException(origin + ": S3 answers " + status + advice);
        }
        Thread.sleep(1000L * attempt);
      }
    } catch (IOException | SdkException e) {
      throw new SpecException(origin + ": cannot be read from S3: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpecException(origin + ": stopped", e);
    }
  }

  private static HttpExecuteResponse get(SdkHttpClient client, AwsCredentials credentials, Region region, URI place) throws IOException {
    SdkHttpRequest plain =
        SdkHttpRequest.builder().method(SdkHttpMethod.GET).uri(endpoint(region)).encodedPath("/" + place.getHost() + place.getRawPath()).build();
    SignedRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                request ->
                    request
                        .identity(credentials)
                        .request(plain)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "s3")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region.id())
                        // As S3 asks: the path is signed as it is sent.
                        .putProperty(AwsV4FamilyHttpSigner.DOUBLE_URL_ENCODE, false)
                        .putProperty(AwsV4FamilyHttpSigner.NORMALIZE_PATH, false));
    return client.prepareRequest(HttpExecuteRequest.builder().request(signed.request()).build()).call();
  }

  /** The same variable and property name another endpoint as for the SDK's own clients. */
  private static URI endpoint(Region region) {
    String given = Optional.ofNullable(System.getProperty("aws.endpointUrl")).orElseGet(() -> System.getenv("AWS_ENDPOINT_URL"));
    return URI.create(given != null ? given : "https://s3." + region.id() + "." + PartitionMetadata.of(region).dnsSuffix());
  }
}
