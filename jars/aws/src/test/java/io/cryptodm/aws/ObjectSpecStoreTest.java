package io.cryptodm.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ObjectSpecStoreTest {
  private ServiceDouble service;

  @BeforeEach
  void start() throws IOException {
    service = new ServiceDouble();
  }

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void isFoundAndReadsAfterAFaultOfTheService() throws IOException {
    service.answer(503, new byte[0]);
    service.answer(200, Files.readAllBytes(Path.of("../../test/fixtures/spec/lake-aws.json")));
    assertEquals("AWS_MSK_IAM", Spec.readFrom("s3://acme-artifacts/spec/lake.json").kafka().properties().get("sasl.mechanism"));
    assertEquals("GET /acme-artifacts/spec/lake.json", service.requests.get(1).line());
    Headers sent = service.requests.get(1).headers();
    assertTrue(sent.getFirst("Authorization").matches("AWS4-HMAC-SHA256 Credential=testing/\\d{8}/us-east-1/s3/aws4_request.*"), sent.getFirst("Authorization"));
    // S3 refuses a request without it.
    assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sent.getFirst("X-amz-content-sha256"));
  }

  @Test
  void saysWhatTheServiceAnswers() {
    service.answer(403, new byte[0]);
    SpecException e = assertThrows(SpecException.class, () -> Spec.readFrom("s3://acme-artifacts/spec/lake.json"));
    assertEquals("spec s3://acme-artifacts/spec/lake.json: S3 answers 403; let the role of this process call s3:GetObject on it", e.getMessage());
  }
}
