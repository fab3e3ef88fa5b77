package io.cryptodm.aws;

import io.cryptodm.contracts.SecretException;
import io.cryptodm.contracts.SecretStore;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;

/**
 * Secrets of AWS Secrets Manager. Credentials and region come from the SDK's own chain: environment, profile, role of the instance or of the
 * cluster.
 */
public final class SecretsManagerStore implements SecretStore {
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration ALL_CALLS = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 6;
  private static final Set<String> DENIED = Set.of("AccessDeniedException", "AccessDenied");

  @Override
  public Optional<String> read(String name) {
    try (SecretsManagerClient client = client()) {
      return Optional.ofNullable(client.getSecretValue(request -> request.secretId(name)).secretString());
    } catch (ResourceNotFoundException e) {
      return Optional.empty();
    } catch (AwsServiceException e) {
      String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
      boolean denied = code != null && DENIED.contains(code);
      String advice = denied ? "; let the role of this process call secretsmanager:GetSecretValue on it, or store it where it is missing" : "";
      throw new SecretException("secret " + name + ": Secrets Manager answers " + (code == null ? e.statusCode() : code) + advice, denied);
    } catch (SdkException e) {
      throw new SecretException("secret " + name + ": cannot be read from Secrets Manager: " + e.getMessage(), false);
    }
  }

  private static SecretsManagerClient client() {
    return SecretsManagerClient.builder()
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .overrideConfiguration(
            ClientOverrideConfiguration.builder()
                .apiCallAttemptTimeout(CALL)
                .apiCallTimeout(ALL_CALLS)
                .retryStrategy(RetryMode.STANDARD)
                .retryStrategy(strategy -> strategy.maxAttempts(ATTEMPTS))
                .build())
        .build();
  }
}
